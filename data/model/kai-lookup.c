/* Finding by part of a name or by pinyin initials. */
#include "model/kai-lookup.h"

#include "search/kai-pinyin.h"
#include "values/kai-text.h"

#include <string.h>

/* Longer names are looked through up to here. */
#define MAX_CHARACTERS 128

typedef struct
{
  char readings[KAI_PINYIN_READINGS];
  int n;
} Initial;

char *
kai_lookup_fold (const char *text)
{
  g_autofree char *clean = kai_text_normalise_name (text);
  g_autofree char *normal = g_utf8_normalize (clean, -1, G_NORMALIZE_ALL);

  return g_utf8_casefold (normal ? normal : "", -1);
}

/* The characters that have initials, in order. */
static int
list_initials (const char *text, Initial initials[MAX_CHARACTERS])
{
  int n = 0;

  for (const char *p = text; *p && n < MAX_CHARACTERS; p = g_utf8_next_char (p))
    {
      initials[n].n = kai_pinyin_initials_of (g_utf8_get_char (p), initials[n].readings);
      if (initials[n].n > 0)
        n++;
    }
  return n;
}

static gboolean
has_reading (const Initial *initial, char letter)
{
  return memchr (initial->readings, letter, (gsize)initial->n) != NULL;
}

static gboolean
initials_fit (const char *text, const char *letters)
{
  Initial initials[MAX_CHARACTERS];
  int n = list_initials (text, initials);
  int length = (int)strlen (letters);

  for (int start = 0; start + length <= n; start++)
    {
      int i = 0;

      while (i < length && has_reading (&initials[start + i], letters[i]))
        i++;
      if (i == length)
        return TRUE;
    }
  return FALSE;
}

gboolean
kai_lookup_fits_folded (const char *text, const char *folded)
{
  g_autofree char *name = kai_lookup_fold (text);

  if (strstr (name, folded))
    return TRUE;
  return strspn (folded, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen (folded)
         && initials_fit (text, folded);
}

gboolean
kai_lookup_fits (const char *text, const char *typed)
{
  g_autofree char *folded = kai_lookup_fold (typed);

  return kai_lookup_fits_folded (text, folded);
}

void
kai_lookup_foreach_initials (const char *text, KaiLookupFunc func, gpointer data)
{
  Initial initials[MAX_CHARACTERS];
  int n = list_initials (text, initials);

  for (int i = 0; i < n; i++)
    for (int a = 0; a < initials[i].n; a++)
      {
        const char one[] = { initials[i].readings[a], '\0' };

        func (one, data);
        for (int b = 0; i + 1 < n && b < initials[i + 1].n; b++)
          {
            const char two[] = { one[0], initials[i + 1].readings[b], '\0' };

            func (two, data);
          }
      }
}
