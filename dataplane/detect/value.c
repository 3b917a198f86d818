#include "detect/value.h"

void values_begin(struct values *v, const struct scene *s)
{
    v->scene = s;
    v->mem.used = 0;
    if (++v->epoch == 0) {          /* wrapped: no slot may seem fresh */
        memset(v->slot, 0, sizeof v->slot);
        v->epoch = 1;
    }
}

static bool work_out(struct values *v, const struct rs_view *view, struct span *out)
{
    if (!buffer_get(v->scene, (enum buffer)view->buffer, &v->mem, out))
        return false;
    for (unsigned i = 0; i < view->n_transforms; i++)
        if (!transform_apply((enum transform)view->transforms[i], *out, &v->mem, out))
            return false;
    return true;
}

bool value_get(struct values *v, uint32_t view, struct span *out)
{
    if (v->slot[view].epoch != v->epoch) {
        v->slot[view].epoch = v->epoch;
        v->slot[view].bytes = SPAN_NONE;
        v->slot[view].there = work_out(v, &v->rs->views[view], &v->slot[view].bytes);
    }
    *out = v->slot[view].bytes;
    return v->slot[view].there;
}
