/* Ranges of bill numbers: cutting and joining them never loses or doubles a number. */
#include "values/kai-number-range.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_WIDTH 18

static gboolean
is_digits (const char *text)
{
  return text && *text && !text[strspn (text, "0123456789")];
}

gboolean
kai_number_range_parse (const char *first, const char *last, KaiNumberRange *out, GError **error)
{
  gsize width;
  KaiNumberRange range;

  if (!is_digits (first) || !is_digits (last))
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("A bill number may hold digits only. Check the first and last number "
                             "of the range."));
  width = strlen (first);
  if (width > MAX_WIDTH || strlen (last) > MAX_WIDTH)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("A bill number has at most %d digits. Check the first and last number "
                             "of the range."),
                          MAX_WIDTH);
  if (strlen (last) != width)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The first and the last number of a range must have the same number "
                             "of digits. Type the leading zeros too."));
  range.first = g_ascii_strtoll (first, NULL, 10);
  range.last = g_ascii_strtoll (last, NULL, 10);
  range.width = (int)width;
  if (range.first > range.last)
    return kai_data_fail (error, KAI_DATA_ERROR_INVALID,
                          _ ("The first number of the range is larger than the last. Exchange "
                             "them."));
  *out = range;
  return TRUE;
}

gint64
kai_number_range_count (const KaiNumberRange *range)
{
  return range->last - range->first + 1;
}

gboolean
kai_number_range_contains (const KaiNumberRange *range, const KaiNumberRange *inner)
{
  return range->width == inner->width && range->first <= inner->first && inner->last <= range->last;
}

gboolean
kai_number_range_overlaps (const KaiNumberRange *a, const KaiNumberRange *b)
{
  return a->width == b->width && a->first <= b->last && b->first <= a->last;
}

int
kai_number_range_subtract (const KaiNumberRange *range, const KaiNumberRange *cut,
                           KaiNumberRange rest[2])
{
  const KaiNumberRange whole = *range, hole = *cut; /* rest may be the array that holds them */
  int n = 0;

  g_return_val_if_fail (kai_number_range_contains (range, cut), 0);
  if (whole.first < hole.first)
    rest[n++] = (KaiNumberRange){ whole.first, hole.first - 1, whole.width };
  if (hole.last < whole.last)
    rest[n++] = (KaiNumberRange){ hole.last + 1, whole.last, whole.width };
  return n;
}

gboolean
kai_number_range_join (const KaiNumberRange *a, const KaiNumberRange *b, KaiNumberRange *out)
{
  if (a->width != b->width || a->first > b->last + 1 || b->first > a->last + 1)
    return FALSE;
  *out = (KaiNumberRange){ MIN (a->first, b->first), MAX (a->last, b->last), a->width };
  return TRUE;
}

char *
kai_number_range_format (gint64 number, int width)
{
  return g_strdup_printf ("%0*" G_GINT64_FORMAT, width, number);
}
