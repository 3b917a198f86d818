/* detect/host_bits: a bit lasts its time, and a full table forgets what would end first. */
#include "detect/host_bits.h"
#include "test.h"

static struct addr host(uint32_t n)
{
    struct addr a = { { 0x20, 1, 0x0d, 0xb8 } };
    memcpy(a.b + 12, &n, 4);
    return a;
}

static void a_bit_lasts_its_time(void **state)
{
    (void)state;
    struct host_bits h;
    struct addr a = host(1), b = host(2);
    struct host_bit mine = { .name = 7, .a = &a }, other = { .name = 8, .a = &a }, hers = { .name = 7, .a = &b };
    CHECK(host_bits_open(&h) == 0 && !host_bits_are_set(&h, mine, 100));
    host_bits_set(&h, mine, 100, 10);
    CHECK(host_bits_are_set(&h, mine, 100) && host_bits_are_set(&h, mine, 110) && !host_bits_are_set(&h, mine, 111));
    CHECK(!host_bits_are_set(&h, other, 100) && !host_bits_are_set(&h, hers, 100));
    host_bits_set(&h, mine, 105, 10);
    CHECK(host_bits_are_set(&h, mine, 115));
    host_bits_clear(&h, mine);
    CHECK(!host_bits_are_set(&h, mine, 105));
    host_bits_set(&h, mine, UINT32_MAX - 1, UINT32_MAX);
    CHECK(host_bits_are_set(&h, mine, UINT32_MAX));
    host_bits_close(&h);
}

static void a_pair_has_no_direction(void **state)
{
    (void)state;
    struct host_bits h;
    struct addr a = host(1), b = host(2);
    CHECK(host_bits_open(&h) == 0);
    host_bits_set(&h, (struct host_bit){ 7, &a, &b }, 1, 10);
    CHECK(host_bits_are_set(&h, (struct host_bit){ 7, &b, &a }, 1) && !host_bits_are_set(&h, (struct host_bit){ 7, &a, NULL }, 1));
    host_bits_close(&h);
}

static void the_longest_stay_when_it_is_full(void **state)
{
    (void)state;
    struct host_bits h;
    struct addr a = host(0);
    CHECK(host_bits_open(&h) == 0);
    host_bits_set(&h, (struct host_bit){ 1, &a, NULL }, 1, 100000);
    for (uint32_t i = 1; i < 1 << 20; i++) {
        struct addr x = host(i);
        host_bits_set(&h, (struct host_bit){ 1, &x, NULL }, 1, 10);
    }
    CHECK(host_bits_are_set(&h, (struct host_bit){ 1, &a, NULL }, 1));
    host_bits_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bit_lasts_its_time),
        cmocka_unit_test(a_pair_has_no_direction),
        cmocka_unit_test(the_longest_stay_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
