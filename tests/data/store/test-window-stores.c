/* What the window keeps: forms as typed, the address book, templates, drafts, notices to be checked. */
#include "store-test.h"

#include "model/kai-form.h"
#include "model/kai-lookup.h"
#include "store/kai-draft-store.h"
#include "store/kai-payer-store.h"
#include "store/kai-review-store.h"
#include "store/kai-template-store.h"

#include <string.h>

#define CLERK "32068400101"

static void
set_up (StoreTest *test, gconstpointer data)
{
  g_autoptr (GBytes) key = kai_vault_make_key ();
  g_autoptr (KaiVault) vault = kai_vault_new (key);

  store_test_set_up (test, data);
  kai_database_set_vault (test->db, vault);
}

#define add(path, func) g_test_add (path, StoreTest, NULL, set_up, func, store_test_tear_down)

/* Texts that a person may type or paste, and that must come back as they were. */
static const char *const odd_texts[] = {
  "",
  " 张　明远 ",
  "陈𠮷祥",
  "１３８１２３４５６７８",
  "😀👨‍👩‍👧",
  "a\tb\nc",
  "\u202e张三\u202c",
  "\x01\u200b",
  "5,00x",
};

static KaiForm *
make_form (const char *text)
{
  KaiForm *form = kai_form_new ();

  form->kind = KAI_PAYER_ORGANISATION;
  kai_notice_set (&form->payer, text);
  kai_notice_set (&form->id, text);
  kai_notice_set (&form->mobile, text);
  kai_notice_set (&form->late_fee, text);
  kai_notice_set (&form->memo, text);
  kai_notice_set (&form->term, text);
  kai_form_add_item (form, text, "1", text);
  kai_form_add_item (form, "学费", text, "");
  return form;
}

static void
test_form_bytes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (odd_texts); i++)
    {
      g_autoptr (KaiForm) form = make_form (odd_texts[i]);
      g_autoptr (GBytes) bytes = kai_form_to_bytes (form);
      g_autoptr (GError) error = NULL;
      g_autoptr (KaiForm) back = kai_form_from_bytes (bytes, &error);

      g_assert_no_error (error);
      g_assert_true (kai_form_equal (form, back));
      g_assert_cmpstr (back->payer, ==, odd_texts[i]);
      g_assert_cmpstr (((KaiFormItem *)back->items->pdata[0])->amount, ==, odd_texts[i]);
      g_assert_cmpint (back->kind, ==, KAI_PAYER_ORGANISATION);
    }
}

/* Bytes that are no form are refused, whatever they are; none of them crashes. */
static void
test_form_broken (void)
{
  g_autoptr (KaiForm) form = make_form ("张三");
  g_autoptr (GBytes) bytes = kai_form_to_bytes (form);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  int refused = 0;

  for (gsize i = 0; i < length; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, length);
      g_autoptr (GBytes) cut = g_bytes_new (data, i);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (KaiForm) one = kai_form_from_bytes (cut, NULL);
      g_autoptr (KaiForm) other = NULL;

      copy[i] ^= 0xff;
      changed = g_bytes_new (copy, length);
      other = kai_form_from_bytes (changed, NULL);
      g_assert_null (one);
      refused += other == NULL;
    }
  g_assert_cmpint (refused, >, 0);
}

static void
test_form_empty (void)
{
  g_autoptr (KaiForm) form = kai_form_new ();

  g_assert_true (kai_form_is_empty (form));
  kai_form_add_item (form, " ", "3", "");
  g_assert_true (kai_form_is_empty (form));
  kai_notice_set (&form->memo, "　");
  g_assert_true (kai_form_is_empty (form));
  kai_form_add_item (form, "学费", "1", "");
  g_assert_false (kai_form_is_empty (form));
}

static void
test_notice_bytes (void)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (KaiNotice) back = NULL;
  g_autoptr (GError) error = NULL;

  notice->late_fee = 123;
  kai_notice_set (&notice->row_key, "row");
  kai_notice_set (&notice->term, "2026秋");
  bytes = kai_notice_to_bytes (notice);
  back = kai_notice_from_bytes (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (back->payer_name, ==, "王小明");
  g_assert_cmpstr (back->row_key, ==, "row");
  g_assert_cmpstr (back->term, ==, "2026秋");
  g_assert_cmpint (back->late_fee, ==, 123);
  g_assert_cmpuint (back->items->len, ==, 2);
  g_assert_cmpint (((KaiNoticeItem *)back->items->pdata[1])->amount, ==, 5000);
}

static void
test_lookup (void)
{
  static const struct
  {
    const char *text, *typed;
    gboolean fits;
  } rows[] = {
    { "张明远", "", TRUE },          { "张明远", "明", TRUE },
    { "张明远", "zmy", TRUE },       { "张明远", "ZMY", TRUE },
    { "张明远", "my", TRUE },        { "张明远", "zy", FALSE },
    { "张明远", "ＺＭ", TRUE },      { "重庆路", "cql", TRUE },
    { "陈𠮷祥", "𠮷", TRUE },        { "李四", "张", FALSE },
    { "John Smith", "smi", TRUE },   { "John Smith", "JOHN S", TRUE },
    { "普通高中学费", "gz", TRUE },  { "普通高中学费", "xf", TRUE },
    { "普通高中学费", "xq", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s / %s", rows[i].text, rows[i].typed);
      g_assert_cmpint (kai_lookup_fits (rows[i].text, rows[i].typed), ==, rows[i].fits);
    }
}

/* ---- The address book ---- */

static KaiPayer *
make_payer (const char *name, const char *number, const char *mobile)
{
  KaiPayer *payer = kai_payer_new ();

  kai_notice_set (&payer->name, name);
  kai_notice_set (&payer->id_number, number);
  kai_notice_set (&payer->mobile, mobile);
  return payer;
}

static gint64
save_payer (KaiDatabase *db, const char *name, const char *number, const char *mobile)
{
  g_autoptr (KaiPayer) payer = make_payer (name, number, mobile);
  g_autoptr (GError) error = NULL;

  kai_payer_store_save (db, payer, &error);
  g_assert_no_error (error);
  g_assert_cmpint (payer->id, >, 0);
  return payer->id;
}

static char *
found (KaiDatabase *db, const char *typed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) payers = kai_payer_store_list (db, typed, 50, &error);
  GString *names = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < payers->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? " " : "", ((KaiPayer *)payers->pdata[i])->name);
  return g_string_free (names, FALSE);
}

static void
test_payer_look_up (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    const char *typed, *names;
  } rows[] = {
    { "明", "欧阳明 张明远" },
    { "明远", "张明远" },
    { "zmy", "张明远" },
    { "zm", "张明远" },
    { "oym", "欧阳明" },
    { "138", "张明远" },
    { "13812345678", "张明远" },
    { "１３８", "张明远" },
    { "5678", "张明远" },
    { "3206841990", "张明远" },
    { "1234", "张明远" },
    { "321", "" },
    { "没有", "" },
    { "a co", "A Company" },
    { "q", "" },
    { "陈𠮷", "陈𠮷祥" },
    { "", "A Company 陈𠮷祥 欧阳明 张明远" },
    { "%", "" },
    { "明远明远", "" },
  };

  save_payer (test->db, " 张　明远 ", "320684199003071234", "１３８１２３４５６７８");
  save_payer (test->db, "欧阳明", "", "13987654321");
  save_payer (test->db, "陈𠮷祥", "", "13611112222");
  save_payer (test->db, "A Company", "91320684MA1ABCDEF0", "");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *names = found (test->db, rows[i].typed);
      g_autofree char *flat = kai_lookup_fold (names);
      g_autofree char *wanted = kai_lookup_fold (rows[i].names);

      /* The first was typed with a space in it, which stays. */
      g_autofree char *joined = NULL;
      g_auto (GStrv) parts = g_strsplit (flat, "张 明远", -1);

      joined = g_strjoinv ("张明远", parts);
      g_test_message ("%s", rows[i].typed);
      g_assert_cmpstr (joined, ==, g_str_equal (rows[i].typed, "明远") ? "张明远" : wanted);
    }
}

static void
test_payer_change (StoreTest *test, gconstpointer data)
{
  gint64 id = save_payer (test->db, "张三", "", "13812345678");
  g_autoptr (KaiPayer) payer = kai_payer_store_load (test->db, id, NULL);
  g_autofree char *old = NULL;
  g_autofree char *new = NULL;

  kai_notice_set (&payer->name, "李四");
  g_assert_true (kai_payer_store_save (test->db, payer, NULL));
  old = found (test->db, "张");
  new = found (test->db, "ls");
  g_assert_cmpstr (old, ==, "");
  g_assert_cmpstr (new, ==, "李四");
  g_assert_true (kai_payer_store_remove (test->db, id, NULL));
  g_assert_cmpint (store_test_int (test->db, "SELECT count(*) FROM payer_token"), ==, 0);
}

static void
test_payer_refusals (StoreTest *test, gconstpointer data)
{
  g_autofree char *long_name = g_strnfill (101, 'x');
  g_autoptr (KaiPayer) nameless = make_payer ("　", "", "");
  g_autoptr (KaiPayer) lengthy = make_payer (long_name, "", "");
  g_autoptr (KaiPayer) twice = make_payer ("李四", "320684199003071234", "");
  g_autoptr (GError) error = NULL;

  g_assert_false (kai_payer_store_save (test->db, nameless, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (kai_payer_store_save (test->db, lengthy, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
  save_payer (test->db, "张三", "320684199003071234", "13812345678");
  g_assert_false (kai_payer_store_save (test->db, twice, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_assert_cmpint (twice->id, ==, 0);
}

static void
test_payer_learn (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autoptr (GPtrArray) payers = NULL;
  const KaiPayer *payer;

  g_assert_true (kai_payer_store_learn (test->db, notice, NULL));
  g_assert_true (kai_payer_store_learn (test->db, notice, NULL));
  /* The number came later: the same person. */
  kai_notice_set (&notice->payer_id, "320684199003071234");
  g_assert_true (kai_payer_store_learn (test->db, notice, NULL));
  /* A new telephone: still the same person. */
  kai_notice_set (&notice->mobile, "13900000000");
  g_assert_true (kai_payer_store_learn (test->db, notice, NULL));
  g_assert_cmpint (kai_payer_store_count (test->db), ==, 1);
  payers = kai_payer_store_list (test->db, "王", 10, NULL);
  payer = payers->pdata[0];
  g_assert_cmpint (payer->uses, ==, 4);
  g_assert_cmpstr (payer->mobile, ==, "13900000000");
  g_assert_cmpstr (payer->id_number, ==, "320684199003071234");
  /* Somebody of the same name with another telephone is somebody else. */
  kai_notice_set (&notice->payer_id, "");
  g_assert_true (kai_payer_store_learn (test->db, notice, NULL));
  g_assert_cmpint (kai_payer_store_count (test->db), ==, 2);
}

/* Nothing personal stands in the file, and nothing opens without the key. */
static void
test_sealed (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiForm) form = make_form ("独特的名字");
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autofree char *path = g_build_filename (test->dir, "store.db", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) drafts = NULL;
  gint64 draft = 0, item = 0, review = 0;
  gsize length;

  kai_notice_set (&notice->payer_name, "独特的名字");
  g_assert_true (kai_draft_store_save (test->db, CLERK, &draft, form, NULL));
  g_assert_true (kai_template_store_save (test->db, &item, "独特的名字", 1, form, NULL));
  g_assert_true (kai_review_store_add (test->db, CLERK, "张三", notice, &review, NULL));
  g_assert_true (kai_payer_store_learn (test->db, notice, NULL));
  sqlite3_wal_checkpoint_v2 (kai_database_get_handle (test->db), NULL, SQLITE_CHECKPOINT_TRUNCATE,
                             NULL, NULL);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  g_assert_null (g_strstr_len (content, (gssize)length, "独特的"));
  g_assert_null (g_strstr_len (content, (gssize)length, "13800000001"));
  kai_database_set_vault (test->db, NULL);
  g_assert_false (kai_draft_store_save (test->db, CLERK, &draft, form, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_null (kai_payer_store_list (test->db, "独", 10, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  g_assert_null (kai_template_store_list (test->db, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_ALLOWED);
  drafts = kai_draft_store_list (test->db, CLERK, NULL);
  g_assert_cmpuint (drafts->len, ==, 0);
}

/* ---- Templates ---- */

static void
test_templates (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiForm) form = make_form ("甲");
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (KaiNoticeTemplate) on_key = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first = 0, second = 0, third = 0, bad = 0;

  g_assert_true (kai_template_store_save (test->db, &first, " 学费 ", 2, form, NULL));
  g_assert_true (kai_template_store_save (test->db, &second, "住宿费", 0, form, NULL));
  /* The key goes to the one that asked for it last. */
  g_assert_true (kai_template_store_save (test->db, &third, "考试费", 2, form, NULL));
  list = kai_template_store_list (test->db, NULL);
  g_assert_cmpuint (list->len, ==, 3);
  g_assert_cmpint (((KaiNoticeTemplate *)list->pdata[0])->id, ==, third);
  on_key = kai_template_store_find_slot (test->db, 2, NULL);
  g_assert_cmpstr (on_key->name, ==, "考试费");
  g_assert_true (kai_form_equal (on_key->form, form));
  g_assert_null (kai_template_store_find_slot (test->db, 0, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (kai_template_store_save (test->db, &bad, "  ", 0, form, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (kai_template_store_save (test->db, &bad, "x", 10, form, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (kai_template_store_remove (test->db, second, NULL));
  g_assert_false (kai_template_store_save (test->db, &second, "x", 0, form, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_NOT_FOUND);
}

/* ---- Drafts ---- */

static void
test_drafts (StoreTest *test, gconstpointer data)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GPtrArray) others = NULL;
  g_autoptr (KaiDraft) again = NULL;
  gint64 id = 0, gone;

  for (guint i = 0; i < G_N_ELEMENTS (odd_texts); i++)
    {
      g_autoptr (KaiForm) form = make_form (odd_texts[i]);
      g_autoptr (KaiDraft) back = NULL;

      g_assert_true (kai_draft_store_save (test->db, CLERK, &id, form, NULL));
      back = kai_draft_store_load (test->db, id, NULL);
      g_assert_true (kai_form_equal (back->form, form));
    }
  list = kai_draft_store_list (test->db, CLERK, NULL);
  others = kai_draft_store_list (test->db, "32068400102", NULL);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpuint (others->len, ==, 0);
  /* What another window threw away while it was typed in here is kept all the same. */
  gone = id;
  g_assert_true (kai_draft_store_remove (test->db, id, NULL));
  g_assert_true (
      kai_draft_store_save (test->db, CLERK, &id, ((KaiDraft *)list->pdata[0])->form, NULL));
  g_assert_cmpint (id, !=, gone);
  again = kai_draft_store_load (test->db, id, NULL);
  g_assert_nonnull (again);
}

static void
test_drafts_of_notices (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiForm) form = make_form ("甲");
  gint64 one = 0, again = 0, other = 0;

  g_assert_true (kai_draft_store_save_for (test->db, CLERK, 7, 0, &one, form, NULL));
  g_assert_true (kai_draft_store_save_for (test->db, CLERK, 7, 0, &again, form, NULL));
  g_assert_true (kai_draft_store_save_for (test->db, CLERK, 0, 7, &other, form, NULL));
  g_assert_cmpint (one, ==, again);
  g_assert_cmpint (one, !=, other);
  g_assert_cmpint (kai_draft_store_count (test->db, CLERK), ==, 2);
}

/* ---- Notices to be checked ---- */

static void
test_review (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autoptr (KaiReview) review = NULL;
  g_autoptr (KaiReview) back = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id = 0, twice = 0;

  kai_notice_set (&notice->row_key, "row 1");
  g_assert_true (kai_review_store_add (test->db, CLERK, "张三", notice, &id, NULL));
  g_assert_cmpint (kai_review_store_find_row_key (test->db, "row 1", NULL), ==, id);
  g_assert_false (kai_review_store_add (test->db, CLERK, "张三", notice, &twice, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_clear_error (&error);
  review = kai_review_store_load (test->db, id, NULL);
  g_assert_cmpstr (review->notice->payer_name, ==, "王小明");
  g_assert_cmpint (review->amount, ==, 15000);
  review->state = KAI_REVIEW_SENT_BACK;
  kai_notice_set (&review->checker, "32068400102");
  kai_notice_set (&review->reason, "姓名写错了");
  g_assert_true (kai_review_store_finish (test->db, review, NULL));
  back = kai_review_store_load (test->db, id, NULL);
  g_assert_cmpstr (back->reason, ==, "姓名写错了");
  g_assert_nonnull (back->notice);
  g_assert_cmpint (kai_review_store_count (test->db, KAI_REVIEW_SENT_BACK, CLERK), ==, 1);
  g_assert_true (kai_review_store_replace (test->db, id, notice, NULL));
  g_assert_cmpint (kai_review_store_count (test->db, KAI_REVIEW_WAITING, NULL), ==, 1);
  back->state = KAI_REVIEW_APPROVED;
  back->notice_id = 1;
  g_assert_true (kai_review_store_finish (test->db, back, NULL));
  g_assert_false (kai_review_store_replace (test->db, id, notice, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  g_assert_cmpint (
      store_test_int (test->db, "SELECT count(*) FROM notice_review WHERE sealed IS NULL"), ==, 1);
}

/* Whatever the code above did: the table itself refuses a maker who checks. */
static void
test_review_maker_is_not_checker (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice = store_test_notice ("");
  g_autoptr (KaiReview) review = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id = 0;

  g_assert_true (kai_review_store_add (test->db, CLERK, "张三", notice, &id, NULL));
  review = kai_review_store_load (test->db, id, NULL);
  review->state = KAI_REVIEW_APPROVED;
  kai_notice_set (&review->checker, CLERK);
  g_assert_false (kai_review_store_finish (test->db, review, &error));
  g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/form/bytes", test_form_bytes);
  g_test_add_func ("/form/broken", test_form_broken);
  g_test_add_func ("/form/empty", test_form_empty);
  g_test_add_func ("/form/notice-bytes", test_notice_bytes);
  g_test_add_func ("/lookup", test_lookup);
  add ("/payers/look-up", test_payer_look_up);
  add ("/payers/change", test_payer_change);
  add ("/payers/refusals", test_payer_refusals);
  add ("/payers/learn", test_payer_learn);
  add ("/window-stores/sealed", test_sealed);
  add ("/templates", test_templates);
  add ("/drafts/as-typed", test_drafts);
  add ("/drafts/of-notices", test_drafts_of_notices);
  add ("/review/states", test_review);
  add ("/review/maker-is-not-checker", test_review_maker_is_not_checker);
  return g_test_run ();
}
