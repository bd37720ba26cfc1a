/* Pinyin initials. The usual reading of each character comes from a table made while building (make-pinyin-table.c); what names read differently is
 * listed here. */
#include "search/kai-pinyin.h"

#include <string.h>

#include "kai-pinyin-table.inc"

static const struct
{
  gunichar first, last;
  const char *initials;
} blocks[] = {
  { 0x3400, 0x9fff, unified_initials },
  { 0xf900, 0xfaff, compatibility_initials },
  { 0x20000, 0x323af, supplementary_initials },
};

/* Characters that names, places and organisations read in several ways with different initials, and a few that the table lacks. The usual one
 * first. */
static const char *const several[] = {
  "阿ae", "艾ay",  "厂ca", "腌ay",  "拗an",  "柏b",   "薄b",  "堡bp",  "膀bp", "磅bp",  "暴bp",
  "辟bp", "扁bp",  "便bp", "卜b",   "泊bp",  "魄pbt", "埔pb", "刨bp",  "炮pb", "屏pb",  "瀑pb",
  "曝pb", "番fp",  "否fp", "佛fb",  "冯fp",  "脯fp",  "繁fp", "蕃fb",  "秘mb", "泌mb",  "不bf",
  "陂bp", "费fb",  "邳p",  "参csd", "藏cz",  "曾zc",  "侧cz", "刹cs",  "禅cs", "颤cz",  "朝cz",
  "嘲cz", "车cj",  "称c",  "乘cs",  "盛sc",  "匙cs",  "重zc", "臭cx",  "畜cx", "种zc",  "传cz",
  "幢cz", "椎cz",  "兹zc", "伺cs",  "枞cz",  "攒cz",  "撮cz", "晟cs",  "谌cs", "沈sc",  "单dsc",
  "褚cz", "仇cq",  "解jx", "查cz",  "任r",   "盖g",   "朴p",  "尉wy",  "迟c",  "长cz",  "孙s",
  "翟zd", "隗wk",  "区qo", "覃qt",  "召zs",  "折zs",  "员y",  "祭zj",  "句gj", "乜nm",  "那n",
  "宿sx", "相x",   "纪j",  "过g",   "宓mf",  "郇xh",  "郗xc", "郄qx",  "呙gw", "行xh",  "降jx",
  "省sx", "调dt",  "弹dt", "校xj",  "见jx",  "会hk",  "合hg", "给gj",  "什s",  "识sz",  "属sz",
  "术sz", "说sy",  "提td", "万wm",  "俟qs",  "吓xh",  "巷xh", "吁xy",  "叶yx", "着z",   "大d",
  "奇qj", "茄qj",  "贾jg", "系xj",  "伽jqg", "卡kq",  "夹jg", "颈jg",  "芥jg", "圈qj",  "券qx",
  "强qj", "壳kq",  "期qj", "稽jq",  "缉jq",  "祇qz",  "蹊xq", "契qx",  "栖qx", "汤ts",  "沓td",
  "澹dt", "镡txc", "倘tc", "陶ty",  "屯tz",  "囤td",  "度d",  "石sd",  "数s",  "率ls",  "厦sx",
  "椹zs", "葚sr",  "乐yl", "弄nl",  "粘zn",  "尿ns",  "没m",  "佴en",  "都d",  "地d",   "得d",
  "钿dt", "丁dz",  "嘎g",  "葛g",   "革gj",  "枸gj",  "谷gy", "鹄hg",  "莞gw", "龟gjq", "桧gh",
  "纶lg", "虾xh",  "吭hk", "红hg",  "虹hj",  "鹘hg",  "滑hg", "还hx",  "浒hx", "偈j",   "缴jz",
  "咀jz", "隽jm",  "浚jx", "咖kg",  "扛kg",  "溃kh",  "括kg", "蔚wy",  "於yw", "圩wx",  "尾wy",
  "遗yw", "涡wg",  "戏xh", "纤xq",  "邪xy",  "寻x",   "荨qx", "轧zyg", "仔zj", "柞z",   "拽zy",
  "楂zc", "琛c",   "茜qx", "莘sx",  "筠yj",  "菀wy",  "圻qy", "炅jg",  "瞿qj", "蔓mw",  "仡gy",
  "铅qy", "涌yc",  "桔jx", "枳z",   "徵zh",  "适sk",  "黑h",  "洗x",   "冼x",  "铣x",   "姥lm",
  "娜nl", "囡n",   "婼rc", "嬛xh",  "璟j",   "珣x",   "瑨j",  "倩qx",  "俞ys", "余y",   "佘s",
  "厍s",  "笪d",   "缪m",  "逄p",   "訾z",   "亓q",   "仉z",  "阚k",   "牟m",  "贠y",   "贲b",
  "宁n",  "甯n",   "晁c",  "昝z",   "郜g",   "禤x",   "逯l",  "璩q",   "幺y",  "令l",   "喆z",
  "镐hg", "亳b",   "邗h",  "歙sx",  "蔡c",   "黟y",   "峒td", "洞d",   "垌dt", "氹d",   "埗b",
  "栅zs", "蚌b",   "莆p",  "台t",   "东d",   "阏ye",  "耶y",  "呼h",   "其qj", "且qj",  "切q",
  "哈h",  "咸x",   "丽l",  "蠡l",   "六l",   "绿l",   "露l",  "勒l",   "累l",  "模m",   "蒙m",
  "娩mw", "牤m",   "咩m",  "𠮷j",   "喫c",   "囍x",   "槑m",  "〇l",
};

/* Surnames that are read otherwise than the character is usually, at the beginning of a name. */
static const char *const surnames[] = {
  "单于cy", "尉迟yc", "长孙zs", "万俟mq", "澹台tt", "令狐lh", "单s", "曾z", "解x", "仇q",
  "查z",    "盖g",    "翟z",    "隗w",    "区o",    "覃q",    "召s", "折s", "员y", "祭z",
  "句g",    "宿s",    "乐y",    "繁p",    "冯f",    "朝c",    "重c", "种c", "秘b", "谌c",
  "褚c",    "任r",    "朴p",    "郗x",    "郇x",    "那n",    "盛s", "石s", "沈s", "车c",
  "叶y",    "贾j",    "葛g",    "纪j",    "殷y",    "佴n",    "費f", "费f", "俞y",
};

static GHashTable *
get_several (void)
{
  static gsize ready;
  static GHashTable *table; /* character → its initials */

  if (g_once_init_enter (&ready))
    {
      table = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (several); i++)
        g_hash_table_insert (table, GUINT_TO_POINTER (g_utf8_get_char (several[i])),
                             (gpointer)g_utf8_next_char (several[i]));
      g_once_init_leave (&ready, 1);
    }
  return table;
}

static char
lookup_usual (gunichar character)
{
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (character >= blocks[i].first && character <= blocks[i].last)
      {
        char initial = blocks[i].initials[character - blocks[i].first];

        return initial == '.' ? '\0' : initial;
      }
  return '\0';
}

/* A Latin letter without its accents, or a digit, of any width; 0 for anything else. */
static char
fold_latin (gunichar character)
{
  char utf8[7] = { 0 };
  g_autofree char *plain = NULL;

  if (character < 0x80)
    return g_ascii_isalnum ((char)character) ? g_ascii_tolower ((char)character) : '\0';
  if (!g_unichar_validate (character) || !g_unichar_isalnum (character))
    return '\0';
  g_unichar_to_utf8 (character, utf8);
  plain = g_utf8_normalize (utf8, -1, G_NORMALIZE_ALL);
  return plain && g_ascii_isalnum (plain[0]) ? g_ascii_tolower (plain[0]) : '\0';
}

static void
add_initial (char out[KAI_PINYIN_READINGS], int *n, char initial)
{
  if (initial != '\0' && *n < KAI_PINYIN_READINGS - 1 && !memchr (out, initial, (gsize)*n))
    out[(*n)++] = initial;
}

int
kai_pinyin_initials_of (gunichar character, char out[KAI_PINYIN_READINGS])
{
  const char *listed = g_hash_table_lookup (get_several (), GUINT_TO_POINTER (character));
  int n = 0;

  for (; listed && *listed; listed++)
    add_initial (out, &n, *listed);
  add_initial (out, &n, lookup_usual (character));
  if (n == 0)
    add_initial (out, &n, fold_latin (character));
  out[n] = '\0';
  return n;
}

/* The row of surnames that @text begins with, NULL when none: the longest stands first in the table. */
static const char *
find_surname (const char *text, gsize *characters)
{
  for (guint i = 0; i < G_N_ELEMENTS (surnames); i++)
    {
      const char *initials = surnames[i];

      while (!g_ascii_islower (*initials))
        initials++;
      if (strncmp (surnames[i], text, (gsize)(initials - surnames[i])) != 0)
        continue;
      *characters = strlen (initials);
      return initials;
    }
  return NULL;
}

char *
kai_pinyin_initials (const char *text)
{
  GString *out = g_string_new (NULL);
  gsize surname = 0;
  const char *read = find_surname (text, &surname);

  if (read)
    g_string_append (out, read);
  for (const char *p = g_utf8_offset_to_pointer (text, (glong)surname); *p;
       p = g_utf8_next_char (p))
    {
      char initials[KAI_PINYIN_READINGS];

      if (kai_pinyin_initials_of (g_utf8_get_char (p), initials) > 0)
        g_string_append_c (out, initials[0]);
    }
  return g_string_free (out, FALSE);
}
