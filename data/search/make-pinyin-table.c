/* Runs while the program is built: writes the initial of every Han character's usual reading as a C table. ICU knows the readings but needs a
 * tenth of a second to get ready, which nobody shall wait for at each start. */
#include <stdio.h>
#include <stdlib.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

/* The blocks of Han characters, in order; see kai-pinyin.c. */
static const struct
{
  const char *name;
  UChar32 first, last;
} blocks[] = {
  { "unified", 0x3400, 0x9fff },
  { "compatibility", 0xf900, 0xfaff },
  { "supplementary", 0x20000, 0x323af },
};

static char
find_initial (const UTransliterator *latin, UChar32 character)
{
  UChar text[64];
  int32_t length = 0, limit;
  UErrorCode status = U_ZERO_ERROR;

  U16_APPEND_UNSAFE (text, length, character);
  limit = length;
  utrans_transUChars (latin, text, &length, 64, 0, &limit, &status);
  if (U_FAILURE (status) || length == 0 || text[0] < 'a' || text[0] > 'z')
    return '.';
  return (char)text[0];
}

int
main (int argc, char **argv)
{
  UErrorCode status = U_ZERO_ERROR;
  UChar id[64];
  UTransliterator *latin;
  FILE *out = argc == 2 ? fopen (argv[1], "w") : NULL;

  u_uastrcpy (id, "Han-Latin; Latin-ASCII; Lower");
  latin = utrans_openU (id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
  if (!out || U_FAILURE (status))
    {
      fprintf (stderr, "the table of readings could not be made: %s\n", u_errorName (status));
      return EXIT_FAILURE;
    }
  fprintf (out, "/* Made by make-pinyin-table while building. '.' = no reading known. */\n");
  for (unsigned i = 0; i < sizeof blocks / sizeof *blocks; i++)
    {
      fprintf (out, "static const char %s_initials[] =", blocks[i].name);
      for (UChar32 c = blocks[i].first; c <= blocks[i].last; c++)
        {
          if ((c - blocks[i].first) % 64 == 0)
            fprintf (out, "%s\n  \"", c == blocks[i].first ? "" : "\"");
          fputc (find_initial (latin, c), out);
        }
      fprintf (out, "\";\n");
    }
  utrans_close (latin);
  return fclose (out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
