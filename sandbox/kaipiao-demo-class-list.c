/* Writes a class list of made-up students as the fixed education workbook, for the demo and for trying things out. The same seed gives
 * the same list. Nobody in it exists: names are drawn from common characters, numbers from a random generator. */
#include "import/kai-import.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>

#define REGION "320684"
#define TERM "2026-2027-1"
#define CLASS_SIZE 50

typedef struct
{
  char *code;
  char *amount;
} Item;

typedef struct
{
  GRand *random;
  GHashTable *identities, *mobiles; /* given out already */
} Maker;

static const char *
pick (Maker *maker, const char *const *list, int n)
{
  return list[g_rand_int_range (maker->random, 0, n)];
}

static char *
make_name (Maker *maker)
{
  static const char *const surnames[] = { "王",   "李",   "张",   "刘",   "陈", "杨", "黄", "赵",
                                          "吴",   "周",   "徐",   "孙",   "马", "朱", "胡", "林",
                                          "郭",   "何",   "高",   "罗",   "郑", "梁", "谢", "宋",
                                          "唐",   "许",   "邓",   "冯",   "韩", "曹", "曾", "彭",
                                          "萧",   "蔡",   "潘",   "田",   "董", "袁", "于", "余",
                                          "欧阳", "司马", "诸葛", "上官", "仇", "单", "查", "冼" };
  static const char *const given[] = { "伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "勇", "杰",
                                       "涛", "明", "超", "秀", "霞", "平", "刚", "桂", "鹏", "辉",
                                       "玲", "婷", "宇", "浩", "欣", "怡", "梓", "涵", "子", "轩",
                                       "雨", "泽", "思", "远", "佳", "琪", "博", "文", "嘉", "诺",
                                       "晨", "曦", "一", "凡", "若", "彤", "俊", "熙", "颖", "睿" };
  /* Real given names that older programs lose: outside GBK or outside the first plane. */
  static const char *const rare[] = { "𠮷", "龘", "㛃", "堃", "喆", "犇" };
  const char *surname = pick (maker, surnames, G_N_ELEMENTS (surnames));
  const char *first = pick (maker, given, G_N_ELEMENTS (given));
  const char *second = "";

  if (g_rand_int_range (maker->random, 0, 4) > 0)
    second = pick (maker, given, G_N_ELEMENTS (given));
  if (g_rand_int_range (maker->random, 0, 25) == 0)
    second = pick (maker, rare, G_N_ELEMENTS (rare));
  return g_strconcat (surname, first, second, NULL);
}

/* GB 11643: region, day of birth, sequence, check character. */
static char *
make_identity (Maker *maker)
{
  static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
  char text[32];

  for (;;)
    {
      int sum = 0;

      g_snprintf (text, sizeof text, REGION "%04d%02d%02d%03d",
                  g_rand_int_range (maker->random, 2009, 2012),
                  g_rand_int_range (maker->random, 1, 13), g_rand_int_range (maker->random, 1, 29),
                  g_rand_int_range (maker->random, 1, 1000));
      for (int i = 0; i < 17; i++)
        sum += (text[i] - '0') * weights[i];
      text[17] = "10X98765432"[sum % 11];
      text[18] = '\0';
      /* One that ends in 000 would be taken for a number that a spreadsheet has rounded. */
      if (!g_str_has_suffix (text, "000") && g_hash_table_add (maker->identities, g_strdup (text)))
        return g_strdup (text);
    }
}

static char *
make_mobile (Maker *maker)
{
  for (;;)
    {
      g_autofree char *mobile = g_strdup_printf ("1%d%09d", g_rand_int_range (maker->random, 3, 10),
                                                 g_rand_int_range (maker->random, 0, 1000000000));

      if (g_hash_table_add (maker->mobiles, g_strdup (mobile)))
        return g_steal_pointer (&mobile);
    }
}

/* The row in the order of the form: 序号, 学生姓名, 身份证号, 年级, 班级, 学号, 家长手机号, 项目编码, 项目名称, 数量, 金额,
 * 学年学期, 备注. */
static void
add_rows (GPtrArray *rows, Maker *maker, int index, GPtrArray *items)
{
  static const char *const grades[] = { "高一", "高二", "高三" };
  int class_index = index / CLASS_SIZE;
  const char *grade = grades[class_index / 8 % 3];
  g_autofree char *name = make_name (maker), *identity = make_identity (maker);
  g_autofree char *mobile = make_mobile (maker);

  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = items->pdata[i];
      GPtrArray *row = g_ptr_array_new ();

      g_ptr_array_add (row, g_strdup_printf ("%d", index + 1));
      g_ptr_array_add (row, g_strdup (name));
      g_ptr_array_add (row, g_strdup (identity));
      g_ptr_array_add (row, g_strdup (grade));
      g_ptr_array_add (row, g_strdup_printf ("%s(%d)班", grade, class_index % 8 + 1));
      g_ptr_array_add (row, g_strdup_printf ("S2026%05d", index + 1));
      g_ptr_array_add (row, g_strdup (mobile));
      g_ptr_array_add (row, g_strdup (item->code));
      g_ptr_array_add (row, g_strdup (""));
      g_ptr_array_add (row, g_strdup ("1"));
      g_ptr_array_add (row, g_strdup (item->amount));
      g_ptr_array_add (row, g_strdup (TERM));
      g_ptr_array_add (row, g_strdup (""));
      g_ptr_array_add (row, NULL);
      g_ptr_array_add (rows, g_ptr_array_free (row, FALSE));
    }
}

static void
item_free (Item *item)
{
  g_free (item->code);
  g_free (item->amount);
  g_free (item);
}

/* CODE[:AMOUNT]; NULL with @error. */
static GPtrArray *
parse_items (char **words, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify)item_free);

  for (; words && *words; words++)
    {
      g_auto (GStrv) parts = g_strsplit (*words, ":", 2);
      Item *item;
      KaiMoney amount = 98000;

      if (!parts[0] || (parts[1] && !kai_money_parse (parts[1], &amount, error)))
        {
          g_prefix_error (error, "--item %s: ", *words);
          return NULL;
        }
      item = g_new0 (Item, 1);
      item->code = g_strdup (parts[0]);
      item->amount = kai_money_to_wire (amount);
      g_ptr_array_add (items, item);
    }
  return g_steal_pointer (&items);
}

static gboolean
write_list (const char *path, int n, int seed, GPtrArray *items, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  Maker maker = { .random = g_rand_new_with_seed ((guint32)seed) };
  gboolean ok;

  maker.identities = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  maker.mobiles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (int i = 0; i < n; i++)
    add_rows (rows, &maker, i, items);
  ok = kai_import_write_rows (KAI_IMPORT_EDUCATION, rows, path, error);
  g_hash_table_unref (maker.identities);
  g_hash_table_unref (maker.mobiles);
  g_rand_free (maker.random);
  return ok;
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_auto (GStrv) words = NULL;
  int rows = 500, seed = 1;
  GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path, "Workbook to write", "FILE.xlsx" },
    { "rows", 0, 0, G_OPTION_ARG_INT, &rows, "Number of students (500)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "The same seed gives the same list (1)", "S" },
    { "item", 0, 0, G_OPTION_ARG_STRING_ARRAY, &words, "Charge item of every student",
      "CODE[:AMOUNT]" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— a class list of made-up students");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) items = NULL;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !(items = parse_items (words, &error)))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  if (!path || items->len == 0 || rows < 1 || rows > 1000000 / (int)items->len || argc > 1)
    {
      g_printerr ("Give -o FILE.xlsx, at least one --item CODE[:AMOUNT], and at most 1,000,000 "
                  "rows.\n");
      return 2;
    }
  if (!write_list (path, rows, seed, items, &error))
    {
      g_printerr ("%s\n", error->message);
      return 5;
    }
  return 0;
}
