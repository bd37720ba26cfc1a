#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Once, first thing in main(): the user's locale, with UTF-8 where it knows ASCII only (C, POSIX, a locale that is not installed): a
 * name given as an argument must not be refused, nor turn into question marks on its way out. Numbers stay as in C. */
void kai_text_init_locale (void);

/* Length in GBK bytes, as message lengths count. Characters that GBK has not count as the numeric character
 * reference that stands for them in a GBK document (&#134071; = 9). @text is valid UTF-8. */
gsize kai_text_gbk_length (const char *text);
/* TRUE when every character has a GBK code. */
gboolean kai_text_is_gbk (const char *text);
/* GBK bytes with decimal character references for the rest; *length set; caller frees. */
char *kai_text_to_gbk (const char *text, gsize *length);
/* For identity numbers, codes, phones, amounts: full-width ASCII to ASCII, every kind of space and invisible mark removed,
 * upper case. Caller frees. */
char *kai_text_normalise_code (const char *text);
/* For names and remarks: outer white space trimmed, inner runs to one space, control and bidi marks removed; full-width
 * letters kept. Caller frees. */
char *kai_text_normalise_name (const char *text);
/* The first line without its end and without the byte order mark that some editors put in front (PIN and token files). Caller frees. */
char *kai_text_dup_first_line (const char *text);
/* TRUE when @text has a character below 0x20 other than tab and newline, U+FFFE/F, or is not UTF-8. */
gboolean kai_text_is_broken (const char *text);

/* Nothing but white space of any script and marks without a width. */
gboolean kai_text_is_blank (const char *text);

G_END_DECLS
