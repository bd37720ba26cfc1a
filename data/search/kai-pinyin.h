#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pinyin initials: 王小明 is found by "wxm". Nothing here depends on a locale or a store. */

/* Longest string of kai_pinyin_initials_of with its NUL. */
#define KAI_PINYIN_READINGS 8
/* The initials (a–z, lower case, each once, the usual one first) under which a character is looked for: of every reading that names use for a Chinese one; a
 * Latin letter (accents dropped) and a digit stand for themselves. Returns how many, 0 when it has none. */
int kai_pinyin_initials_of (gunichar character, char out[KAI_PINYIN_READINGS]);
/* The initials of a text by the usual readings, surnames read as such where they stand first ("zq" for 曾巧, "ycl" for 尉迟恭 …); characters without
 * one are left out. Caller frees. */
char *kai_pinyin_initials (const char *text);

G_END_DECLS
