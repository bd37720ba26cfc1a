/* This term against the last one; who has not paid; who owes what; what parents read. */
#include "store-test.h"
#include "import/kai-import-term.h"
#include "model/kai-notice-text.h"
#include "roster/kai-roster.h"
#include "store/kai-claim-store.h"

#include <string.h>

static KaiNotice *
make_pupil (const char *code, const char *name, const char *id, const char *number,
            const char *class_name, const char *term, KaiMoney amount)
{
  KaiNotice *notice = store_test_notice (code);

  kai_notice_set (&notice->payer_name, name);
  kai_notice_set (&notice->payer_id, id);
  kai_notice_set (&notice->student_no, number);
  kai_notice_set (&notice->class_name, class_name);
  kai_notice_set (&notice->term, term);
  ((KaiNoticeItem *)notice->items->pdata[0])->amount = amount - 5000;
  g_assert_true (kai_notice_sum (notice));
  g_assert_cmpint (notice->amount, ==, amount);
  return notice;
}

#define PUPIL(name, id, number, class_name, amount)                                                \
  g_ptr_array_add (list, make_pupil ("", name, id, number, class_name, "", amount))

static void
test_compare (void)
{
  g_autoptr (GPtrArray) before = kai_notices_new (), now = kai_notices_new ();
  GPtrArray *list = before;
  g_autoptr (KaiRoster) roster = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  PUPIL ("甲", "1", "", "高一(1)班", 20000);
  PUPIL ("乙", "", "S2", "高一(1)班", 20000);
  PUPIL ("丙", "3", "", "高一(2)班", 20000);
  PUPIL ("丁", "4", "", "高一(2)班", 20000);
  PUPIL ("丁", "4", "", "高一(2)班", 10000);
  PUPIL ("同名", "6", "S6", "高一(1)班", 20000);
  PUPIL ("己", "8", "", "高一（3）班", 20000);
  list = now;
  PUPIL ("甲", "1", "", "高二(1)班", 20000);   /* promoted */
  PUPIL ("乙", "2", "S2", "高二(2)班", 20000); /* known by number and name; another class */
  PUPIL ("丁", "4", "", "高二(2)班", 25000);   /* two notices then, one now: another sum */
  PUPIL ("戊", "5", "", "高二(1)班", 20000);
  PUPIL ("己", "8", "", "高二 (3) 班", 20000);   /* the same class, written otherwise */
  PUPIL ("同名", "7", "S6", "高二(1)班", 20000); /* another number: another pupil */
  roster = kai_roster_compare (before, now, TRUE);
  g_assert_cmpint (roster->before, ==, 6);
  g_assert_cmpint (roster->now, ==, 6);
  g_assert_cmpint (roster->same, ==, 2);
  for (guint i = 0; i < roster->changes->len; i++)
    {
      const KaiRosterChange *change = roster->changes->pdata[i];

      g_string_append_printf (text, "%s %s;", kai_roster_kind_to_string (change->kind),
                              change->payer);
    }
  g_assert_cmpstr (text->str, ==, "new 同名;new 戊;left 同名;left 丙;class 乙;amount 丁;");
}

static void
test_terms (StoreTest *test, gconstpointer data)
{
  static const char *const terms[] = { "2025-2026-1", "2025-2026学年第二学期", "2026-2027-1",
                                       "2024-2025-2", "2025-2026学年第一学期" };
  g_auto (GStrv) earlier = NULL;
  g_autofree char *listed = NULL;
  g_autoptr (GPtrArray) found = NULL;
  g_autofree char *last = NULL, *none = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (terms); i++)
    {
      g_autofree char *code = g_strdup_printf ("32068426000000000%d", (int)i);
      g_autoptr (KaiNotice) notice = make_pupil (code, "甲", "1", "", "1班", terms[i], 20000);

      store_test_insert (test->db, notice);
    }
  last = kai_roster_find_last_term (test->db, "2026-2027学年第一学期", NULL);
  g_assert_cmpstr (last, ==, "2025-2026学年第二学期");
  /* Each once, however it was written. */
  earlier = kai_roster_list_terms (test->db, "2026-2027-1", NULL);
  listed = g_strjoinv (" ", earlier);
  g_assert_cmpstr (listed, ==, "2025-2026学年第二学期 2025-2026-1 2024-2025-2");
  none = kai_roster_find_last_term (test->db, "2024-2025-2", NULL);
  g_assert_null (none);
  found = kai_roster_load_term (test->db, "2025-2026-2", NULL);
  g_assert_cmpuint (found->len, ==, 1);
}

static void
test_plain_terms (void)
{
  static const char *const same[] = { "2026-2027-1",           "2026-2027学年第一学期",
                                      "2026—2027学年上学期",   "２０２６-２０２７-１",
                                      "2026~2027学年 第1学期", "2026/2027学年（第一学期）",
                                      "2026~2027 (1)",         "（2026-2027-1）",
                                      "2026-2027学年-(1)" };

  for (gsize i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autofree char *plain = kai_import_plain_term (same[i]);

      g_assert_cmpstr (plain, ==, "2026-2027-1");
    }
}

static void
test_unpaid (StoreTest *test, gconstpointer data)
{
  static const struct
  {
    const char *name, *class_name, *state;
    gboolean refused;
  } rows[] = { { "乙", "2班", "unpaid", FALSE },
               { "甲", "1班", "unpaid", FALSE },
               { "丙", "1班", "paid", FALSE },
               { "丁", "1班", "lapsed", FALSE },
               { "戊", "1班", "unpaid", TRUE } };
  KaiUnpaidFilter filter = { .term = "2026-2027学年第一学期" };
  g_autoptr (GPtrArray) list = NULL, lapsed = NULL, one = NULL;
  const KaiUnpaid *first;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *code = g_strdup_printf ("32068426000000000%d", (int)i);
      g_autoptr (KaiNotice) notice =
          make_pupil (code, rows[i].name, "", "", rows[i].class_name, "2026-2027-1", 20000);

      store_test_insert (test->db, notice);
      kai_notice_state_parse (rows[i].state, &notice->state);
      if (rows[i].refused)
        notice->sync = KAI_SYNC_REFUSED;
      store_test_update (test->db, notice);
    }
  list = kai_unpaid_list (test->db, &filter, NULL);
  g_assert_cmpuint (list->len, ==, 2);
  first = list->pdata[0];
  g_assert_cmpstr (first->notice->payer_name, ==, "甲");
  g_assert_cmpint (first->reminders, ==, 0);
  g_assert_true (
      kai_unpaid_note_reminder (test->db, first->notice->id, "32068400101", "sms", NULL));
  g_assert_true (
      kai_unpaid_note_reminder (test->db, first->notice->id, "32068400101", "phone", NULL));
  filter.class_name = "1班";
  one = kai_unpaid_list (test->db, &filter, NULL);
  g_assert_cmpuint (one->len, ==, 1);
  g_assert_cmpint (((KaiUnpaid *)one->pdata[0])->reminders, ==, 2);
  g_assert_cmpstr (((KaiUnpaid *)one->pdata[0])->last_way, ==, "phone");
  filter.lapsed = TRUE;
  lapsed = kai_unpaid_list (test->db, &filter, NULL);
  g_assert_cmpuint (lapsed->len, ==, 2);
}

/* ---- Who owes what ---- */

static guint
count_claims (KaiDatabase *db, const KaiNotice *notice)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) claims = kai_claim_store_find (db, notice, 0, &error);

  g_assert_no_error (error);
  return claims->len;
}

static void
test_claims (StoreTest *test, gconstpointer data)
{
  g_autoptr (KaiNotice) notice =
      make_pupil ("32068426000000000018", "甲", "1", "S1", "1班", "2026-2027-1", 20000);
  g_autoptr (KaiNotice) by_number =
      make_pupil ("", "甲", "", "S1", "9班", "2026-2027学年第一学期", 20000);
  g_autoptr (KaiNotice) other_term = make_pupil ("", "甲", "1", "S1", "1班", "2026-2027-2", 20000);
  g_autoptr (KaiNotice) nobody = make_pupil ("", "甲", "2", "", "1班", "2026-2027-1", 20000);

  store_test_insert (test->db, notice);
  g_assert_cmpuint (count_claims (test->db, notice), ==, 1);
  g_assert_cmpuint (count_claims (test->db, by_number), ==, 1);
  g_assert_cmpuint (count_claims (test->db, other_term), ==, 0);
  g_assert_cmpuint (count_claims (test->db, nobody), ==, 0);
  /* Nothing readable stands in the index. */
  g_assert_cmpint (
      store_test_int (test->db, "SELECT count(*) FROM notice_claim WHERE length (token) <> 13"), ==,
      0);
  notice->state = KAI_NOTICE_VOID;
  store_test_update (test->db, notice);
  g_assert_cmpuint (count_claims (test->db, notice), ==, 0);
  /* An older store: its notices get their tokens when they are asked for. */
  notice->state = KAI_NOTICE_UNPAID;
  store_test_update (test->db, notice);
  store_test_run (test->db, "DELETE FROM notice_claim");
  g_assert_cmpuint (count_claims (test->db, notice), ==, 0);
  store_test_run (test->db, "INSERT INTO setting SELECT 'claims_due', max (id) FROM notice");
  g_assert_true (kai_claim_store_catch_up (test->db, NULL));
  g_assert_cmpuint (count_claims (test->db, notice), ==, 1);
  g_assert_cmpint (
      store_test_int (test->db, "SELECT count(*) FROM setting WHERE key = 'claims_due'"), ==, 0);
}

/* ---- Texts ---- */

static void
test_text (void)
{
  g_autoptr (KaiNotice) notice = make_pupil ("", "{amount}", "", "", "1班", "1", 20000);
  g_autofree char *text = NULL, *unknown = NULL, *fine = NULL;

  notice->valid_until = 20261201;
  text = kai_notice_build_sms ("{payer}|{items}|{amount}|{valid_until}|{payment_code}|{nothing}|{",
                               notice, NULL, NULL);
  /* What came from a list is not filled in again. */
  g_assert_cmpstr (text, ==, "{amount}|学费、住宿费|200.00|2026-12-01|（缴款识别码）|{nothing}|{");
  unknown = kai_notice_find_unknown_word ("{payer}{name}");
  g_assert_cmpstr (unknown, ==, "name");
  fine = kai_notice_find_unknown_word (KAI_NOTICE_SMS_DEFAULT);
  g_assert_null (fine);
  g_assert_cmpint (kai_notice_count_sms ("一"), ==, 1);
  {
    g_autofree char *long_text = g_strnfill (71, 'x');
    g_assert_cmpint (kai_notice_count_sms (long_text), ==, 2);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/roster/compare", test_compare);
  store_test_add ("/roster/terms", test_terms);
  g_test_add_func ("/roster/plain-terms", test_plain_terms);
  store_test_add ("/roster/unpaid", test_unpaid);
  store_test_add ("/roster/claims", test_claims);
  g_test_add_func ("/roster/text", test_text);
  return g_test_run ();
}
