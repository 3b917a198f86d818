/* base/ring: order, wrap-around, fullness, and a producer that lies. */
#include "base/ring.h"
#include "test.h"

#include <pthread.h>

enum { ROOM = 1 << 17 };

static void put(struct ring *r, uint32_t number, size_t n)
{
    uint8_t *p = ring_claim(r, 20000);
    CHECK(p != NULL && (uintptr_t)p % 8 == 0);
    memset(p, (int)(number & 0xff), n);
    memcpy(p, &number, sizeof number);
    ring_commit(r, n);
}

static void get(struct ring *r, uint32_t number, size_t n)
{
    uint8_t out[20000];
    uint32_t got;
    CHECK(ring_take(r, out, sizeof out) == n);
    memcpy(&got, out, sizeof got);
    CHECK(got == number && (n < 5 || out[n - 1] == (uint8_t)number));
}

static void records_come_out_in_order_round_and_round(void **state)
{
    (void)state;
    struct ring *r = ring_open(ROOM);
    uint8_t out[8];
    uint32_t in = 0, next = 0;
    CHECK(ring_take(r, out, sizeof out) == RING_EMPTY && ring_is_empty(r));
    for (int round = 0; round < 2000; round++) {
        for (int k = 0; k < 5; k++, in++)
            put(r, in, 4 + in * 7919 % 15000);
        for (; next < in; next++)
            get(r, next, 4 + next * 7919 % 15000);
        CHECK(ring_is_empty(r));
    }
    CHECK(ring_dropped(r) == 0 && ring_torn(r) == 0);
    ring_close(r);
}

static void a_full_ring_drops_and_counts_and_recovers(void **state)
{
    (void)state;
    struct ring *r = ring_open(ROOM);
    uint32_t n = 0;
    for (; ring_claim(r, 20000) != NULL; n++)
        put(r, n, 20000);
    CHECK(n == 6 && ring_dropped(r) == 1);
    get(r, 0, 20000);
    put(r, 6, 100);         /* over the end, into the room that came free */
    for (uint32_t i = 1; i < 6; i++)
        get(r, i, 20000);
    get(r, 6, 100);
    CHECK(ring_is_empty(r) && ring_torn(r) == 0);
    ring_close(r);
}

static void what_the_reader_has_no_room_for_is_skipped(void **state)
{
    (void)state;
    struct ring *r = ring_open(ROOM);
    uint8_t out[100];
    put(r, 1, 101);
    put(r, 2, 100);
    CHECK(ring_take(r, out, sizeof out) == 100 && out[0] == 2 && ring_torn(r) == 1);
    ring_close(r);
}

/* The memory may belong to a process that has gone bad: whatever stands there, taking is safe. */
static void nonsense_in_shared_memory_is_survived(void **state)
{
    (void)state;
    uint8_t out[1000];
    srand(11);
    for (int round = 0; round < 300; round++) {
        size_t size;
        struct ring *r = ring_open(ROOM);
        uint8_t *memory = ring_memory(r, &size);
        for (uint32_t i = 0; i < 6; i++)
            put(r, i, 20000);
        for (int k = 0; k < 40; k++) {
            size_t at = (size_t)rand() % size / 8 * 8;
            uint32_t n = k % 3 == 0 ? UINT32_MAX : (uint32_t)rand() % 40000;
            memcpy(memory + (k % 2 == 0 ? (size_t)(k / 2 % 6) * 20008 : at), &n, sizeof n);
        }
        for (int k = 0; k < 1000 && !ring_is_empty(r); k++)
            CHECK(ring_take(r, out, sizeof out) <= sizeof out);
        CHECK(ring_is_empty(r));
        ring_close(r);
    }
}

enum { MANY = 300000 };

static void *produce(void *arg)
{
    struct ring *r = arg;
    for (uint32_t i = 0; i < MANY;) {
        uint8_t *p = ring_claim(r, 1000);
        if (p == NULL)
            continue;
        memset(p, (int)(i & 0xff), 4 + i % 500);
        memcpy(p, &i, sizeof i);
        ring_commit(r, 4 + i % 500);
        i++;
    }
    return NULL;
}

static void two_threads_agree(void **state)
{
    (void)state;
    struct ring *r = ring_open(ROOM);
    pthread_t t;
    uint8_t out[1000];
    CHECK(pthread_create(&t, NULL, produce, r) == 0);
    for (uint32_t i = 0; i < MANY;) {
        size_t n = ring_take(r, out, sizeof out);
        if (n == RING_EMPTY)
            continue;
        uint32_t got;
        memcpy(&got, out, sizeof got);
        CHECK(got == i && n == 4 + i % 500 && (n == 4 || out[n - 1] == (uint8_t)i));
        i++;
    }
    pthread_join(t, NULL);
    CHECK(ring_is_empty(r) && ring_torn(r) == 0);
    ring_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_in_order_round_and_round),
        cmocka_unit_test(a_full_ring_drops_and_counts_and_recovers),
        cmocka_unit_test(what_the_reader_has_no_room_for_is_skipped),
        cmocka_unit_test(nonsense_in_shared_memory_is_survived),
        cmocka_unit_test(two_threads_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
