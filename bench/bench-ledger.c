/* Ledgers for the benches. The same seed makes the same ledger. */
#include "bench-ledger.h"

#include <glib/gstdio.h>
#include <string.h>

#include "store/kai-base-data-store.h"
#include "store/kai-ebill-store.h"
#include "store/kai-notice-store.h"
#include "values/kai-codes.h"

#define ROWS_PER_TRANSACTION 20000
#define FIRST_YEAR 2017
#define YEARS 10

/* ---- Payers ---- */

/* Surnames of China with how many of ten thousand bear them; the rest is shared out among the last line. */
static const struct
{
  const char *name;
  int share;
} surnames[] = {
  { "王", 720 }, { "李", 715 }, { "张", 680 }, { "刘", 540 }, { "陈", 450 }, { "杨", 310 },
  { "黄", 225 }, { "赵", 215 }, { "吴", 205 }, { "周", 200 }, { "徐", 170 }, { "孙", 155 },
  { "马", 130 }, { "朱", 130 }, { "胡", 125 }, { "郭", 120 }, { "何", 110 }, { "林", 110 },
  { "高", 105 }, { "罗", 100 }, { "郑", 95 },  { "梁", 90 },  { "谢", 85 },  { "宋", 80 },
  { "唐", 75 },  { "许", 70 },  { "邓", 68 },  { "韩", 66 },  { "冯", 64 },  { "曹", 62 },
  { "彭", 60 },  { "曾", 58 },  { "肖", 56 },  { "田", 54 },  { "董", 52 },  { "潘", 50 },
};
static const char rest_of_surnames[] =
    "袁于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙"
    "史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤单解仇查盖朴翟区尉乐华季祝骆纪舒屈";
static const char *const long_surnames[] = { "欧阳", "尉迟", "长孙", "司马", "上官", "诸葛" };
static const char given[] =
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉建华国志红玉梅小春海燕云峰林浩宇子涵欣怡"
    "梓轩雨泽晨佳俊雪婷思嘉琪诗瑶博昊天睿智鹏飞翔龙凤珍珠金银鑫森淼晶莹玲珑瑾瑜璇玮琳瑞祥福寿康宁"
    "安泰和顺利达通亨元贞正义仁礼信忠孝廉耻温良恭俭让宽厚德才学识胆略𠮷㛃龘镕喆珺玥昕祎垚骁";
static const char *const towns[] = {
  "海门", "南通", "启东", "如皋", "通州", "崇川", "海安", "如东"
};
static const char *const trades[] = { "建筑安装工程", "纺织品",   "水产养殖", "电子科技",
                                      "物业管理",     "国际贸易", "汽车销售", "医疗器械",
                                      "餐饮管理",     "人力资源" };
static const char *const forms[] = { "有限公司", "有限责任公司", "股份有限公司", "个体工商户" };

static void
append_character (GString *out, const char *characters, double place)
{
  glong n = g_utf8_strlen (characters, -1);
  const char *p = g_utf8_offset_to_pointer (characters, (glong)(place * (double)n));

  g_string_append_len (out, p, g_utf8_next_char (p) - p);
}

static void
append_surname (GString *out, GRand *rand)
{
  int lot = g_rand_int_range (rand, 0, 10000);

  for (guint i = 0; i < G_N_ELEMENTS (surnames); i++)
    {
      lot -= surnames[i].share;
      if (lot < 0)
        {
          g_string_append (out, surnames[i].name);
          return;
        }
    }
  if (lot < 40)
    g_string_append (out, long_surnames[lot % (int)G_N_ELEMENTS (long_surnames)]);
  else
    append_character (out, rest_of_surnames, g_rand_double (rand));
}

static char *
make_person (GRand *rand)
{
  GString *name = g_string_new (NULL);
  int length = g_rand_int_range (rand, 0, 100) < 15 ? 1 : 2;

  append_surname (name, rand);
  for (int i = 0; i < length; i++)
    {
      double place = g_rand_double (rand);

      /* The first ones of the list are the common ones. */
      append_character (name, given, place * place);
    }
  return g_string_free (name, FALSE);
}

static char *
make_organisation (GRand *rand)
{
  GString *name = g_string_new (towns[g_rand_int_range (rand, 0, G_N_ELEMENTS (towns))]);

  g_string_append (name, "市");
  append_character (name, given, g_rand_double (rand));
  append_character (name, given, g_rand_double (rand));
  g_string_append (name, trades[g_rand_int_range (rand, 0, G_N_ELEMENTS (trades))]);
  g_string_append (name, forms[g_rand_int_range (rand, 0, G_N_ELEMENTS (forms))]);
  return g_string_free (name, FALSE);
}

static char *
make_identity (GRand *rand)
{
  static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
  static const char *const regions[] = {
    "320623", "320681", "320682", "321088", "310115", "340123"
  };
  gboolean local = g_rand_int_range (rand, 0, 100) < 85;
  int year = g_rand_int_range (rand, 0, 100) < 70 ? g_rand_int_range (rand, 2002, 2015)
                                                  : g_rand_int_range (rand, 1950, 2002);
  double lot = g_rand_double (rand);
  char text[32];
  int sum = 0;

  g_snprintf (text, sizeof text, "%s%04d%02d%02d%03d",
              local ? "320684" : regions[g_rand_int_range (rand, 0, G_N_ELEMENTS (regions))], year,
              g_rand_int_range (rand, 1, 13), g_rand_int_range (rand, 1, 29),
              (int)(lot * lot * 400));
  for (int k = 0; k < 17; k++)
    sum += (text[k] - '0') * weights[k];
  text[17] = "10X98765432"[sum % 11];
  text[18] = '\0';
  return g_strdup (text);
}

static char *
make_credit_code (GRand *rand)
{
  static const char letters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  GString *code = g_string_new ("91320684MA");

  while (code->len < 18)
    g_string_append_c (code, letters[g_rand_int_range (rand, 0, (int)strlen (letters))]);
  return g_string_free (code, FALSE);
}

static char *
make_mobile (GRand *rand)
{
  static const char *const heads[] = { "138", "139", "137", "136", "135", "150", "151", "158",
                                       "159", "180", "181", "186", "189", "177", "199", "133" };

  return g_strdup_printf ("%s%04d%04d", heads[g_rand_int_range (rand, 0, G_N_ELEMENTS (heads))],
                          6200 + g_rand_int_range (rand, 0, 40), g_rand_int_range (rand, 0, 10000));
}

BenchPayer *
bench_payer_new (GRand *rand)
{
  BenchPayer *payer = g_new0 (BenchPayer, 1);

  payer->is_organisation = g_rand_int_range (rand, 0, 100) < 8;
  payer->name = payer->is_organisation ? make_organisation (rand) : make_person (rand);
  payer->id = payer->is_organisation ? make_credit_code (rand) : make_identity (rand);
  payer->mobile = make_mobile (rand);
  return payer;
}

void
bench_payer_free (BenchPayer *payer)
{
  g_free (payer->name);
  g_free (payer->id);
  g_free (payer->mobile);
  g_free (payer);
}

/* ---- Notices ---- */

KaiVault *
bench_vault_new (void)
{
  static const guint8 key[KAI_VAULT_KEY_SIZE] = "a key for benches, not a secret";
  g_autoptr (GBytes) bytes = g_bytes_new_static (key, sizeof key);

  return kai_vault_new (bytes);
}

static void
must (gboolean ok, GError *error)
{
  if (!ok)
    g_error ("%s", error ? error->message : "failed");
}

static void
add_items (KaiNotice *notice, GRand *rand)
{
  static const struct
  {
    const char *code, *name;
    KaiMoney amount;
  } items[] = { { "320600000001", "学费", 98000 },
                { "320600000002", "住宿费", 50000 },
                { "320600000003", "培训费", 32000 },
                { "320600000004", "诉讼费", 5000 } };
  int n = g_rand_int_range (rand, 0, 100) < 70 ? 1 : 2;

  for (int i = 0; i < n; i++)
    {
      int which = (g_rand_int_range (rand, 0, 3) + i) % (int)G_N_ELEMENTS (items);
      KaiNoticeItem *item = kai_notice_add_item (notice, items[which].code, 1, items[which].amount);

      kai_notice_set (&item->name, items[which].name);
      kai_notice_set (&item->unit_of_measure, "学期");
      item->standard = KAI_STANDARD_FIXED;
      item->min = item->max = items[which].amount;
    }
  must (kai_notice_sum (notice), NULL);
}

static void
set_state (KaiNotice *notice, GRand *rand)
{
  int lot = g_rand_int_range (rand, 0, 100);

  notice->sync = KAI_SYNC_ACCEPTED;
  notice->state = lot < 82   ? KAI_NOTICE_PAID
                  : lot < 86 ? KAI_NOTICE_VOID
                  : lot < 95 ? KAI_NOTICE_LAPSED
                             : KAI_NOTICE_UNPAID;
  /* Others of those years have lapsed. */
  if (notice->state == KAI_NOTICE_UNPAID)
    notice->valid_until = 20991231;
  if (notice->state != KAI_NOTICE_PAID)
    return;
  notice->paid_at = notice->created_at + g_rand_int_range (rand, 600, 800000);
  notice->pay_channel = g_rand_int_range (rand, 1, 6);
  kai_notice_set (&notice->paid_by, notice->payer_name);
}

static KaiNotice *
make_notice (GRand *rand, int i, int count)
{
  g_autoptr (BenchPayer) payer = bench_payer_new (rand);
  KaiNotice *notice = kai_notice_new ();
  int per_year = MAX (1, count / YEARS), year = FIRST_YEAR + MIN (i / per_year, YEARS - 1);
  int day_of_year = (int)((gint64)(i % per_year) * 360 / per_year);
  g_autofree char *batch = g_strdup_printf ("%d%03d-bench", year, day_of_year);
  GError *error = NULL;

  g_free (notice->payment_code);
  notice->payment_code = kai_payment_code_build (kai_payment_code_rule_default (), "320684", year,
                                                 "001", i % per_year + 1, &error);
  must (notice->payment_code != NULL, error);
  kai_notice_set (&notice->check_code, "123456");
  kai_notice_set (&notice->unit_code, "320684001");
  notice->bill_date = year * 10000 + (day_of_year / 30 + 1) * 100 + day_of_year % 28 + 1;
  notice->valid_until = kai_day_add (notice->bill_date, 10);
  notice->payer_kind = payer->is_organisation ? KAI_PAYER_ORGANISATION : KAI_PAYER_PERSON;
  kai_notice_set (&notice->payer_name, payer->name);
  kai_notice_set (&notice->payer_id, payer->id);
  kai_notice_set (&notice->mobile, payer->mobile);
  kai_notice_set (&notice->clerk_code, BENCH_CLERK);
  kai_notice_set (&notice->clerk_name, "李会计");
  if (i % 10 != 0)
    kai_notice_set (&notice->batch_id, batch);
  kai_notice_set (&notice->grade, "高一");
  kai_notice_set (&notice->class_name, "3班");
  kai_notice_set (&notice->term, "2026-2027-1");
  notice->created_at = 1483228800 + (gint64)(year - FIRST_YEAR) * 31536000 + day_of_year * 86400;
  add_items (notice, rand);
  set_state (notice, rand);
  return notice;
}

static void
swap_notice (KaiDatabase *db, const KaiNotice *notice, gint64 number)
{
  GError *error = NULL;
  g_autoptr (KaiEbillRecord) record = kai_ebill_store_create (db, notice->id, "0101", &error);

  must (record != NULL, error);
  kai_notice_set (&record->code, "32010126");
  g_free (record->number);
  record->number = g_strdup_printf ("%010" G_GINT64_FORMAT, number);
  kai_notice_set (&record->check_code, "a1b2c3");
  record->sync = KAI_SYNC_ACCEPTED;
  must (kai_ebill_store_update (db, record, &error), error);
}

/* So that somebody can work at it. */
static void
add_base_data (KaiDatabase *db)
{
  g_autoptr (KaiBaseData) base = kai_base_data_new ();
  KaiUnit *unit = kai_unit_new ();
  KaiUser *user = kai_user_new ();
  GError *error = NULL;

  kai_notice_set (&base->version, "1");
  base->fetched_at = g_get_real_time () / G_USEC_PER_SEC;
  kai_notice_set (&unit->code, "320684001");
  kai_notice_set (&unit->name, "第一中学");
  kai_notice_set (&unit->region, "320684");
  kai_notice_set (&unit->assigner, "001");
  kai_notice_set (&user->code, BENCH_CLERK);
  kai_notice_set (&user->name, "李会计");
  kai_notice_set (&user->unit_code, "320684001");
  kai_notice_set (&user->roles, "clerk");
  g_ptr_array_add (base->units, unit);
  g_ptr_array_add (base->users, user);
  must (kai_base_data_store_replace (db, base, &error), error);
}

static void
fill (KaiDatabase *db, int count)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261121);
  gint64 number = 0;
  GError *error = NULL;

  add_base_data (db);

  for (int i = 0; i < count; i++)
    {
      g_autoptr (KaiNotice) notice = make_notice (rand, i, count);

      if (i % ROWS_PER_TRANSACTION == 0)
        must (kai_database_begin (db, &error), error);
      must (kai_notice_store_insert (db, notice, &error), error);
      if (notice->state == KAI_NOTICE_PAID && g_rand_int_range (rand, 0, 100) < 60)
        swap_notice (db, notice, ++number);
      if (i % ROWS_PER_TRANSACTION == ROWS_PER_TRANSACTION - 1 || i == count - 1)
        must (kai_database_commit (db, &error), error);
    }
}

/* ---- Directories ---- */

char *
bench_directory (int argc, char **argv)
{
  return argc > 1 ? g_strdup (argv[1]) : g_build_filename (g_get_tmp_dir (), "kaipiao-bench", NULL);
}

char *
bench_ledger_path (const char *dir, int count)
{
  g_autofree char *name = g_strdup_printf ("ledger-%d", count);

  return g_build_filename (dir, name, NULL);
}

KaiDatabase *
bench_database_open (const char *path)
{
  g_autoptr (KaiVault) vault = bench_vault_new ();
  GError *error = NULL;
  KaiDatabase *db = kai_database_open (path, BENCH_STORE, &kai_store_schema, &error);

  must (db != NULL, error);
  kai_database_set_vault (db, vault);
  return db;
}

void
bench_ledger_remove (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      (void)g_unlink (file);
    }
  g_rmdir (path);
}

char *
bench_ledger_copy (const char *dir, int count, const char *name)
{
  char *to = g_build_filename (dir, name, NULL);
  g_autofree char *from = bench_ledger_path (dir, count);
  g_autofree char *source = g_build_filename (from, BENCH_STORE, NULL);
  g_autofree char *target = g_build_filename (to, BENCH_STORE, NULL);
  g_autoptr (GFile) a = g_file_new_for_path (source);
  g_autoptr (GFile) b = g_file_new_for_path (target);
  GError *error = NULL;

  bench_ledger_remove (to);
  g_mkdir_with_parents (to, 0700);
  must (g_file_copy (a, b, G_FILE_COPY_NONE, NULL, NULL, NULL, &error), error);
  return to;
}

KaiDatabase *
bench_ledger_open (const char *dir, int count)
{
  g_autofree char *path = bench_ledger_path (dir, count);
  g_autofree char *making = g_strconcat (path, ".new", NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      gint64 start = g_get_monotonic_time ();
      KaiDatabase *db;

      bench_ledger_remove (making); /* of a run that was stopped */
      db = bench_database_open (making);
      fill (db, count);
      kai_database_close (db);
      must (g_rename (making, path) == 0, NULL);
      g_print ("ledger of %d notices made in %.1f s (%.0f notices/s)\n", count,
               bench_ms (start) / 1e3, count / (bench_ms (start) / 1e3));
    }
  return bench_database_open (path);
}

/* ---- Figures ---- */

double
bench_ms (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / 1000;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

double
bench_percentile (GArray *values, double share)
{
  g_array_sort (values, compare_doubles);
  return values->len == 0
             ? 0
             : g_array_index (values, double,
                              MIN (values->len - 1, (guint)(share * (double)values->len)));
}
