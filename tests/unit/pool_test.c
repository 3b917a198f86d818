/* base/pool and base/slab: the budgets hold and everything comes back. */
#include "base/pool.h"
#include "base/slab.h"
#include "test.h"

static void a_spent_budget_refuses_and_recovers(void **state)
{
    (void)state;
    struct pool *p = pool_open(1 << 20);
    void *b[64];
    unsigned n = 0;
    while (n < 64 && (b[n] = pool_take(p, POOL_MAX)) != NULL)
        memset(b[n++], 0xa5, POOL_MAX);
    CHECK(n == 16 && pool_refused(p) == 1 && pool_in_use(p) == 1 << 20);
    while (n > 0)
        pool_give(p, b[--n]);
    CHECK(pool_in_use(p) == 0 && pool_take(p, POOL_MAX + 1) == NULL);
    for (size_t size = 1; size <= POOL_MAX; size = size * 2 + 1) {    /* chunks change their size */
        void *one = pool_take(p, size);
        CHECK(one != NULL && pool_room(p, one) >= size);
        pool_give(p, one);
    }
    pool_close(p);
}

static void random_use_keeps_contents(void **state)
{
    (void)state;
    struct pool *p = pool_open(4 << 20);
    struct { uint8_t *b; size_t n; uint8_t fill; } held[256] = { 0 };
    srand(7);
    for (int i = 0; i < 200000; i++) {
        unsigned k = (unsigned)rand() % 256;
        if (held[k].b != NULL) {
            CHECK(held[k].b[0] == held[k].fill && held[k].b[held[k].n - 1] == held[k].fill);
            pool_give(p, held[k].b);
            held[k].b = NULL;
            continue;
        }
        held[k].n = 1 + (size_t)rand() % (i % 10 == 0 ? POOL_MAX : 600);
        held[k].fill = (uint8_t)i;
        held[k].b = pool_take(p, held[k].n);
        if (held[k].b != NULL)
            memset(held[k].b, held[k].fill, held[k].n);
    }
    for (int k = 0; k < 256; k++)
        pool_give(p, held[k].b);
    CHECK(pool_in_use(p) == 0);
    pool_close(p);
}

static void growing_keeps_the_beginning(void **state)
{
    (void)state;
    struct pool *p = pool_open(1 << 20);
    uint8_t *b = pool_grow(p, NULL, 0, 10);
    memcpy(b, "excise", 6);
    b = pool_grow(p, b, 6, 5000);
    CHECK(memcmp(b, "excise", 6) == 0 && pool_room(p, b) == 8192 && pool_in_use(p) == 8192);
    CHECK(pool_grow(p, b, 6, POOL_MAX + 1) == NULL);
    pool_give(p, b);
    pool_close(p);
}

static void a_full_slab_says_so(void **state)
{
    (void)state;
    struct slab s;
    uint32_t slot[3], extra;
    CHECK(slab_open(&s, 20, 3) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(slab_take(&s, &slot[i]) != NULL && slot[i] != SLAB_NONE);
    CHECK(slab_take(&s, &extra) == NULL);
    memset(slab_at(&s, slot[1]), 0xff, 20);
    slab_give(&s, slot[1]);
    uint8_t *again = slab_take(&s, &extra);
    CHECK(again != NULL && extra == slot[1] && again[0] == 0 && again[19] == 0);
    slab_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spent_budget_refuses_and_recovers),
        cmocka_unit_test(random_use_keeps_contents),
        cmocka_unit_test(growing_keeps_the_beginning),
        cmocka_unit_test(a_full_slab_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
