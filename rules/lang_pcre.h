#ifndef RULES_LANG_PCRE_H
#define RULES_LANG_PCRE_H
#include <stdint.h>

/* PCRE2's options for our PCRE_* flags. */
uint32_t pcre_options(uint32_t flags);

#endif
