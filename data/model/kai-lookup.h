#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a clerk types to find a payer, an item, a template or a command among others. */

/* Cleaned, width, case and accents aside: two texts that look the same compare the same. Caller frees. */
char *kai_lookup_fold (const char *text);
/* Whether @text (a name) is meant by @typed: a part of it, or pinyin initials of neighbouring characters in any of their readings. "" means
 * everything. */
gboolean kai_lookup_fits (const char *text, const char *typed);
/* The same for a @typed that was folded before. */
gboolean kai_lookup_fits_folded (const char *text, const char *folded);

/* Calls @func for each initial and each two neighbouring initials of @text, in every reading ("z", "zm"). */
typedef void (*KaiLookupFunc) (const char *initials, gpointer data);
void kai_lookup_foreach_initials (const char *text, KaiLookupFunc func, gpointer data);

G_END_DECLS
