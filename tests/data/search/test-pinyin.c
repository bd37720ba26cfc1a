/* Initials of Chinese texts. */
#include "search/kai-pinyin.h"

#include <string.h>

static const struct
{
  const char *character, *initials; /* all of them, in any order */
} readings[] = {
  { "王", "w" },  { "李", "l" },  { "张", "z" },  { "单", "dsc" }, { "曾", "zc" }, { "解", "jx" },
  { "仇", "cq" }, { "查", "cz" }, { "任", "r" },  { "盖", "g" },   { "朴", "p" },  { "尉", "wy" },
  { "迟", "c" },  { "长", "cz" }, { "孙", "s" },  { "翟", "zd" },  { "隗", "wk" }, { "区", "qo" },
  { "覃", "qt" }, { "乐", "yl" }, { "重", "zc" }, { "行", "xh" },  { "藏", "cz" }, { "朝", "cz" },
  { "晟", "cs" }, { "莘", "sx" }, { "茜", "qx" }, { "祭", "zj" },  { "万", "wm" }, { "俟", "qs" },
  { "𠮷", "j" },  { "𠀀", "h" },  { "龘", "d" },  { "㛃", "j" },   { "镕", "r" },  { "喆", "z" },
  { "珺", "j" },  { "〇", "l" },  { "A", "a" },   { "z", "z" },    { "7", "7" },   { "Ｗ", "w" },
  { "０", "0" },  { "é", "e" },   { "Ü", "u" },   { "·", "" },     { "（", "" },   { " ", "" },
  { "あ", "" },   { "€", "" },
};

static void
test_readings (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (readings); i++)
    {
      char initials[KAI_PINYIN_READINGS];
      int n = kai_pinyin_initials_of (g_utf8_get_char (readings[i].character), initials);

      g_test_message ("%s: %s", readings[i].character, initials);
      g_assert_cmpuint (strlen (initials), ==, n);
      g_assert_cmpuint (n, ==, strlen (readings[i].initials));
      for (const char *p = readings[i].initials; *p; p++)
        g_assert_nonnull (strchr (initials, *p));
    }
}

static const struct
{
  const char *text, *initials;
} texts[] = {
  { "王小明", "wxm" },
  { "单雄信", "sxx" },
  { "曾国藩", "zgf" },
  { "解缙", "xj" },
  { "仇英", "qy" },
  { "查良镛", "zly" },
  { "盖叫天", "gjt" },
  { "朴树", "ps" },
  { "尉迟恭", "ycg" },
  { "长孙无忌", "zswj" },
  { "单于夜", "cyy" },
  { "万俟卨", "mqx" },
  { "令狐冲", "lhc" },
  { "任我行", "rwx" },
  { "𠮷野", "jy" },
  { "海门市第1中学", "hmsd1zx" },
  { "ABC公司", "abcgs" },
  { "阿卜杜拉·买买提", "abdlmmt" },
  { "", "" },
  { "…", "" },
};

static void
test_texts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *initials = kai_pinyin_initials (texts[i].text);

      g_assert_cmpstr (initials, ==, texts[i].initials);
    }
}

/* Every character that a name of the register of GB 18030 may have, except for a few hundred nobody can read. */
static void
test_coverage (void)
{
  int known = 0;

  for (gunichar c = 0x4e00; c <= 0x9fa5; c++)
    {
      char initials[KAI_PINYIN_READINGS];

      known += kai_pinyin_initials_of (c, initials) > 0;
    }
  g_assert_cmpint (known, >, 20850); /* of 20,902 */
}

/* Nothing that is no character may do harm. */
static void
test_strange (void)
{
  static const gunichar strange[] = { 0,        0xd800,  0xfffe,     0xffff,    0x10ffff,
                                      0x110000, 0x323af, 0x323b0,    0x3ffff,   0xa000,
                                      0x33ff,   0x20000, 0xfaff,     0xfb00,    0xf900,
                                      0xf8ff,   0x9fff,  0xffffffff, 0x7fffffff };

  for (guint i = 0; i < G_N_ELEMENTS (strange); i++)
    {
      char initials[KAI_PINYIN_READINGS];

      g_assert_cmpint (kai_pinyin_initials_of (strange[i], initials), <, KAI_PINYIN_READINGS);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pinyin/readings", test_readings);
  g_test_add_func ("/pinyin/texts", test_texts);
  g_test_add_func ("/pinyin/coverage", test_coverage);
  g_test_add_func ("/pinyin/strange", test_strange);
  return g_test_run ();
}
