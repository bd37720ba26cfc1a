#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An inclusive range of bill numbers of a fixed width: "0000000101"-"0000000200". Numbers are digits with leading
 * zeros; as values they fit gint64 (width 1-18). */
typedef struct
{
  gint64 first;
  gint64 last;
  int width;
} KaiNumberRange;

/* Refuses: not digits, other widths, width > 18, first > last. Sentence says which. */
gboolean kai_number_range_parse (const char *first, const char *last, KaiNumberRange *out,
                                 GError **error);
gint64 kai_number_range_count (const KaiNumberRange *range);
gboolean kai_number_range_contains (const KaiNumberRange *range, const KaiNumberRange *inner);
gboolean kai_number_range_overlaps (const KaiNumberRange *a, const KaiNumberRange *b);
/* What is left of @range without @cut (which lies inside it): 0, 1 or 2 ranges; returns how many. */
int kai_number_range_subtract (const KaiNumberRange *range, const KaiNumberRange *cut,
                               KaiNumberRange rest[2]);
/* TRUE and joined into *out when they touch or overlap and have the same width. */
gboolean kai_number_range_join (const KaiNumberRange *a, const KaiNumberRange *b,
                                KaiNumberRange *out);
char *kai_number_range_format (gint64 number, int width); /* with leading zeros; caller frees */

G_END_DECLS
