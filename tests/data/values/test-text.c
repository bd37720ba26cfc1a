/* GBK lengths and bytes, and the normal forms of what people type. */
#include "values/kai-text.h"

#include <string.h>

/* ---- GBK ---- */

typedef struct
{
  const char *text;
  const char *gbk;
  gboolean inside;
} Encoded;

static const Encoded encoded[] = {
  { "", "", TRUE },
  { "abc 123", "abc 123", TRUE },
  { "张三", "\xD5\xC5\xC8\xFD", TRUE },
  { "a张b",
    "a\xD5\xC5"
    "b",
    TRUE },
  { "镕喆珺", "\xE9\x46\x86\xB4\xAC\x42", TRUE },
  { "￥（）", "\xA3\xA4\xA3\xA8\xA3\xA9", TRUE },
  { "·—…", "\xA1\xA4\xA1\xAA\xA1\xAD", TRUE },
  { "𠮷", "&#134071;", FALSE },
  { "𠮷田", "&#134071;\xCC\xEF", FALSE },
  { "田𠮷", "\xCC\xEF&#134071;", FALSE },
  { "𠮷𠮷", "&#134071;&#134071;", FALSE },
  { "¥1", "&#165;1", FALSE },
  { "₿", "&#8383;", FALSE },
  { "é", "\xA8\xA6", TRUE },
  { "ñ", "&#241;", FALSE },
};

static void
test_gbk (gconstpointer data)
{
  const Encoded *row = data;
  gsize length = 4711;
  g_autofree char *gbk = kai_text_to_gbk (row->text, &length);

  g_assert_cmpmem (gbk, length, row->gbk, strlen (row->gbk));
  g_assert_cmpint (gbk[length], ==, '\0');
  g_assert_cmpuint (kai_text_gbk_length (row->text), ==, length);
  g_assert_cmpint (kai_text_is_gbk (row->text), ==, row->inside);
}

/* Longer than any buffer inside, with a character outside GBK at every place where one may end. */
static void
test_gbk_long (void)
{
  for (int before = 240; before < 270; before++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *gbk = NULL;
      gsize length;

      for (int i = 0; i < before; i++)
        g_string_append (text, "张");
      g_string_append (text, "𠮷");
      for (int i = 0; i < 1000; i++)
        g_string_append (text, "a三");
      gbk = kai_text_to_gbk (text->str, &length);
      g_assert_cmpuint (length, ==, before * 2 + 9 + 3000);
      g_assert_cmpuint (kai_text_gbk_length (text->str), ==, length);
      g_assert_cmpmem (gbk + before * 2, 9, "&#134071;", 9);
    }
}

/* All that GBK has comes back as it was. */
static void
test_gbk_round_trip (void)
{
  int n = 0;

  for (gunichar c = 0x80; c < 0x10000; c++)
    {
      char text[7] = "";
      g_autofree char *gbk = NULL;
      g_autofree char *back = NULL;
      gsize length;

      if (c >= 0xD800 && c < 0xE000)
        continue;
      g_unichar_to_utf8 (c, text);
      gbk = kai_text_to_gbk (text, &length);
      if (!kai_text_is_gbk (text))
        {
          g_autofree char *reference = g_strdup_printf ("&#%u;", c);

          g_assert_cmpstr (gbk, ==, reference);
          continue;
        }
      back = g_convert (gbk, (gssize)length, "UTF-8", "GBK", NULL, NULL, NULL);
      g_assert_cmpstr (back, ==, text);
      n++;
    }
  g_assert_cmpint (n, >, 21000);
}

static gpointer
encode_in_thread (gpointer data)
{
  for (int i = 0; i < 2000; i++)
    {
      gsize length;
      g_autofree char *gbk = kai_text_to_gbk ("张𠮷三", &length);

      g_assert_cmpmem (gbk, length, "\xD5\xC5&#134071;\xC8\xFD", 13);
    }
  return NULL;
}

static void
test_gbk_threads (void)
{
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("encode", encode_in_thread, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* ---- Normal forms ---- */

typedef struct
{
  const char *text, *code, *name;
} Normal;

static const Normal normals[] = {
  { "", "", "" },
  { NULL, "", "" },
  { "  ", "", "" },
  { "abc", "ABC", "abc" },
  { " 1 2\t3\n", "123", "1 2 3" },
  { "１２３ｘ", "123X", "１２３ｘ" },
  { "张　三", "张三", "张 三" },
  { "\u3000张三\u3000", "张三", "张三" },
  { "张\u00a0\u2003三", "张三", "张 三" },
  { "138\u200b0000\u202c", "1380000", "1380000" },
  { "\ufeff张三", "张三", "张三" },
  { "\u202e张三", "张三", "张三" },
  { "11010519491231002x", "11010519491231002X", "11010519491231002x" },
  { "（１）", "(1)", "（１）" },
  { "a\x01"
    "b\x7f",
    "AB", "ab" },
  { "O'Neil  Mary", "O'NEILMARY", "O'Neil Mary" },
  { "买买提·艾力", "买买提·艾力", "买买提·艾力" },
  { "ß", "ß", "ß" },
  { "葛\U000E0100城", "葛城", "葛\U000E0100城" },
};

static void
test_normal (gconstpointer data)
{
  const Normal *row = data;
  g_autofree char *code = kai_text_normalise_code (row->text);
  g_autofree char *name = kai_text_normalise_name (row->text);

  g_assert_cmpstr (code, ==, row->code);
  g_assert_cmpstr (name, ==, row->name);
}

static void
test_normal_of_garbage (void)
{
  g_autofree char *code = kai_text_normalise_code ("\xff"
                                                   "1\xc3");
  g_autofree char *name = kai_text_normalise_name ("\xff"
                                                   "1\xc3");

  g_assert_true (g_utf8_validate (code, -1, NULL));
  g_assert_true (g_utf8_validate (name, -1, NULL));
}

static void
test_broken (void)
{
  static const char *const broken[] = { "\x01",         "a\x1f",  "\r",     "\xff",    "张\xe5\xbc",
                                        "\xed\xa0\x80", "\uffff", "\ufffe", "\xc0\x80" };
  static const char *const whole[] = {
    "", "a\tb\nc", "张三", "𠮷", "\x7f", "\ufffd", "\U0010fffd"
  };

  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    g_assert_true (kai_text_is_broken (broken[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (whole); i++)
    g_assert_false (kai_text_is_broken (whole[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (encoded); i++)
    {
      g_autofree char *path = g_strdup_printf ("/text/gbk/%02u", (guint)i);

      g_test_add_data_func (path, &encoded[i], test_gbk);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (normals); i++)
    {
      g_autofree char *path = g_strdup_printf ("/text/normal/%02u", (guint)i);

      g_test_add_data_func (path, &normals[i], test_normal);
    }
  g_test_add_func ("/text/gbk/long", test_gbk_long);
  g_test_add_func ("/text/gbk/round-trip", test_gbk_round_trip);
  g_test_add_func ("/text/gbk/threads", test_gbk_threads);
  g_test_add_func ("/text/normal/garbage", test_normal_of_garbage);
  g_test_add_func ("/text/broken", test_broken);
  return g_test_run ();
}
