/* Random operations on notices, e-bills and the outbox against a simple model in memory: both sides of the wire are played here, requests and answers
 * get lost, the store is closed and opened again. What the desk holds must be what the model says, after every step about what the step touched and now
 * and then about everything. */
#include "outbox-model.h"

#define STEPS 100000

/* ---- looking ---- */

/* New messages of the desk become letters; each is under a MsgID of its own. */
static void
take_letters (Model *m)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) open = kai_outbox_list_open (m->desk->db, 0, &error);
  GList *known = m->letters->head;

  g_assert_no_error (error);
  for (guint i = 0; i < open->len; i++)
    {
      const KaiOutboxMessage *message = open->pdata[i];
      Letter *letter = known ? known->data : NULL;

      if (message->state == KAI_OUTBOX_REFUSED)
        continue;
      if (letter)
        {
          g_assert_cmpint (letter->id, ==, message->id);
          g_assert_cmpstr (letter->msg_id, ==, message->msg_id);
          g_assert_cmpint (message->state, ==, letter->held ? KAI_OUTBOX_HELD : KAI_OUTBOX_WAITING);
          known = known->next;
          continue;
        }
      letter = g_new0 (Letter, 1);
      letter->id = message->id;
      letter->msg_id = g_strdup (message->msg_id);
      g_strlcpy (letter->number, message->msg_no, sizeof letter->number);
      letter->subjects = g_array_ref (message->subjects);
      g_assert_true (g_hash_table_add (m->msg_ids, g_strdup (letter->msg_id)));
      g_queue_push_tail (m->letters, letter);
    }
  g_assert_null (known);
}

/* Bits of the states that may follow each state. A void is a message of its own: it makes SIGNED of what was further. */
#define BIT(state) (1u << KAI_SYNC_##state)
static const guint notice_edges[] = {
  [KAI_SYNC_DRAFT] = BIT (SIGNED),
  [KAI_SYNC_SIGNED] = BIT (SENT) | BIT (ACCEPTED) | BIT (REFUSED) | BIT (UNKNOWN),
  [KAI_SYNC_SENT] = BIT (SIGNED) | BIT (ACCEPTED) | BIT (REFUSED) | BIT (UNKNOWN),
  [KAI_SYNC_ACCEPTED] = BIT (SIGNED) | BIT (UNKNOWN),
  [KAI_SYNC_UNKNOWN] = BIT (SIGNED) | BIT (ACCEPTED) | BIT (REFUSED),
  [KAI_SYNC_REFUSED] = BIT (SIGNED) | BIT (DRAFT), /* corrected */
};
static const guint ebill_edges[] = {
  [KAI_SYNC_DRAFT] = BIT (SIGNED) | BIT (REFUSED),
  [KAI_SYNC_SIGNED] = BIT (SENT),
  [KAI_SYNC_SENT] = BIT (SIGNED) | BIT (ACCEPTED) | BIT (REFUSED),
  [KAI_SYNC_ACCEPTED] = 0,
  [KAI_SYNC_REFUSED] = 0,
};

static void
move_to (KaiSyncState *sync, KaiSyncState to, const guint *edges)
{
  if (*sync != to && !(edges[*sync] & (1u << to)))
    g_error ("%s may not become %s", kai_sync_state_to_string (*sync),
             kai_sync_state_to_string (to));
  *sync = to;
}

/* The desk's row is as the model has it; the number it has, it keeps. */
static void
check_notice (Model *m, Notice *notice)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiNotice) row = kai_notice_store_load (m->desk->db, notice->id, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (row->payment_code, ==, notice->code ? notice->code : "");
  g_assert_cmpint (row->amount, ==, notice->amount);
  g_assert_cmpstr (kai_notice_state_to_string (row->state), ==,
                   kai_notice_state_to_string (notice->state));
  g_assert_cmpstr (kai_sync_state_to_string (row->sync), ==,
                   kai_sync_state_to_string (notice->sync));
  if (notice->ebill)
    {
      g_autoptr (KaiEbillRecord) ebill = kai_ebill_store_load (m->desk->db, notice->ebill, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (kai_sync_state_to_string (ebill->sync), ==,
                       kai_sync_state_to_string (notice->ebill_sync));
      if (*ebill->number)
        g_assert_cmpstr (ebill->number, ==, notice->ebill_number);
      g_assert_cmpint (ebill->content != NULL, ==, *ebill->number != '\0');
    }
}

static void
check_everything (Model *m)
{
  g_autoptr (GError) error = NULL;
  gint64 lines = 0;

  for (guint i = 0; i < m->notices->len; i++)
    check_notice (m, m->notices->pdata[i]);
  g_assert_true (kai_audit_log_verify (m->desk->db, &lines, &error));
  g_assert_no_error (error);
  g_assert_true (kai_database_check (m->desk->db, &error));
  g_assert_no_error (error);
  g_assert_cmpint (kai_code_lease_left (m->desk->db, kai_day_today () / 10000, &error), ==,
                   m->leased - m->taken);
  g_assert_cmpint (kai_outbox_count (m->desk->db, KAI_OUTBOX_WAITING)
                       + kai_outbox_count (m->desk->db, KAI_OUTBOX_HELD),
                   ==, g_queue_get_length (m->letters));
}

/* ---- what the clerk does ---- */

static void
take_code (Model *m, Notice *notice, const char *code)
{
  notice->code = g_strdup (code);
  g_assert_cmpint (kai_payment_code_check (&m->desk->profile->payment_code, code), ==, KAI_CODE_OK);
  if (!g_hash_table_add (m->codes, g_strdup (code)))
    g_error ("payment code %s was given twice", code);
  m->taken++;
}

static void
issue (Model *m)
{
  g_autoptr (GPtrArray) notices = kai_notices_new ();
  g_autoptr (GError) error = NULL;
  int n = model_one_in (4) ? g_test_rand_int_range (2, 5) : 1;
  gint64 left = m->leased - m->taken;

  for (int i = 0; i < n; i++)
    {
      KaiNotice *notice = kai_notice_new ();

      notice->payer_kind = KAI_PAYER_PERSON;
      kai_notice_set (&notice->payer_name, "王小明");
      kai_notice_set (&notice->mobile, "13800000000");
      kai_notice_set (
          &kai_notice_add_item (notice, ITEM, 1, g_test_rand_int_range (1, 1000000))->name, "学费");
      g_assert_true (kai_notice_sum (notice));
      g_ptr_array_add (notices, notice);
    }
  g_assert_true (kai_desk_issue (m->desk, notices, n > 1 ? "batch" : "", NULL, &error));
  g_assert_no_error (error);
  for (int i = 0; i < n; i++)
    {
      const KaiNotice *made = notices->pdata[i];
      Notice *notice = g_new0 (Notice, 1);

      notice->id = made->id;
      notice->amount = made->amount;
      notice->sync = i < left ? KAI_SYNC_SIGNED : KAI_SYNC_DRAFT;
      g_assert_cmpint (*made->payment_code != '\0', ==, i < left);
      if (*made->payment_code)
        take_code (m, notice, made->payment_code);
      g_ptr_array_add (m->notices, notice);
      g_hash_table_insert (m->by_id, &notice->id, notice);
      check_notice (m, notice);
    }
}

static void
lease (Model *m)
{
  g_autoptr (GError) error = NULL;
  gint64 first = m->leased + 1, last = m->leased + g_test_rand_int_range (1, 30);

  if (m->leased - m->taken > 20)
    return;
  g_assert_true (kai_code_lease_add (m->desk->db, REGION, kai_day_today () / 10000, "001", first,
                                     last, &error));
  g_assert_no_error (error);
  m->leased = last;
  /* An answer that comes twice adds nothing. */
  g_assert_false (
      kai_code_lease_add (m->desk->db, REGION, kai_day_today () / 10000, "001", first, last, NULL));
}

static void
number_drafts (Model *m)
{
  g_autoptr (GError) error = NULL;
  int wanted = 0, n;

  for (guint i = 0; i < m->notices->len; i++)
    wanted += ((Notice *)m->notices->pdata[i])->sync == KAI_SYNC_DRAFT;
  n = kai_desk_number_drafts (m->desk, &error);
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, MIN (wanted, (int)(m->leased - m->taken)));
  for (guint i = 0; n > 0 && i < m->notices->len; i++)
    {
      Notice *notice = m->notices->pdata[i];

      if (notice->sync == KAI_SYNC_DRAFT)
        {
          g_autoptr (KaiNotice) row = kai_notice_store_load (m->desk->db, notice->id, &error);

          g_assert_no_error (error);
          take_code (m, notice, row->payment_code); /* oldest first */
          move_to (&notice->sync, KAI_SYNC_SIGNED, notice_edges);
          check_notice (m, notice);
          n--;
        }
    }
}

static void
void_notice (Model *m)
{
  Notice *notice = model_any_notice (m);
  g_autoptr (GError) error = NULL;
  gboolean can = notice && notice->code && notice->state != KAI_NOTICE_PAID
                 && notice->state != KAI_NOTICE_VOID;

  if (!notice || !notice->code)
    return;
  g_assert_cmpint (kai_desk_void (m->desk, notice->code, "写错了", &error), ==, can);
  if (!can)
    {
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
      check_notice (m, notice);
      return;
    }
  notice->state = KAI_NOTICE_VOID;
  if (notice->sync != KAI_SYNC_REFUSED && notice->sync != KAI_SYNC_UNKNOWN)
    move_to (&notice->sync, KAI_SYNC_SIGNED, notice_edges);
  check_notice (m, notice);
}

/* Corrected with another amount: the same row and, unless the code was the trouble, the same code. */
static void
correct (Model *m, Notice *notice)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiNotice) row = kai_notice_store_load (m->desk->db, notice->id, &error);
  gboolean can = notice->sync == KAI_SYNC_REFUSED && notice->state == KAI_NOTICE_UNPAID;
  KaiNoticeItem *item = row->items->pdata[0];

  g_assert_no_error (error);
  item->amount = g_test_rand_int_range (1, 1000000);
  g_assert_true (kai_notice_sum (row));
  g_assert_cmpint (kai_desk_correct (m->desk, row, &error), ==, can);
  if (!can)
    {
      g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
      return;
    }
  g_assert_no_error (error);
  notice->amount = row->amount;
  if (notice->code_refused)
    {
      g_clear_pointer (&notice->code, g_free);
      notice->foreign = notice->code_refused = FALSE;
      if (*row->payment_code)
        take_code (m, notice, row->payment_code);
    }
  move_to (&notice->sync, notice->code ? KAI_SYNC_SIGNED : KAI_SYNC_DRAFT, notice_edges);
}

static void
give_up (Model *m, Notice *notice)
{
  g_autoptr (GError) error = NULL;
  gboolean can = notice->sync == KAI_SYNC_REFUSED && notice->state == KAI_NOTICE_UNPAID;

  g_assert_cmpint (kai_desk_give_up (m->desk, notice->id, "", &error), ==, can);
  if (can)
    notice->state = KAI_NOTICE_VOID;
  else
    g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
}

/* The clerk looks at what was refused. */
static void
deal_with_refusals (Model *m)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) open = kai_outbox_list_open (m->desk->db, 0, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < open->len; i++)
    {
      const KaiOutboxMessage *message = open->pdata[i];
      KaiSubjectKind kind = kai_outbox_subject_kind (message->msg_no);

      for (guint k = 0; k < message->refused->len; k++)
        {
          gint64 id = g_array_index (message->refused, gint64, k);
          Notice *notice =
              g_hash_table_lookup (kind == KAI_SUBJECT_NOTICE ? m->by_id : m->by_ebill, &id);

          g_assert_nonnull (notice);
          if (kind == KAI_SUBJECT_NOTICE && model_one_in (2))
            correct (m, notice);
          else if (kind == KAI_SUBJECT_NOTICE && model_one_in (2))
            give_up (m, notice);
          g_assert_true (kai_outbox_resolve (m->desk->db, kind, id, &error));
          g_assert_no_error (error);
          check_notice (m, notice);
        }
    }
  g_assert_cmpint (kai_outbox_count (m->desk->db, KAI_OUTBOX_REFUSED), ==, 0);
}

static void
swap (Model *m)
{
  Notice *notice = model_any_notice (m);
  char *codes[2] = { notice ? notice->code : NULL, NULL };
  g_autoptr (GError) error = NULL;
  gboolean can;

  if (!codes[0])
    return;
  can = notice->state == KAI_NOTICE_PAID
        && (!notice->ebill || notice->ebill_sync == KAI_SYNC_REFUSED);
  g_assert_cmpint (kai_desk_swap (m->desk, codes, &error), ==, can);
  if (!can)
    g_assert_error (error, KAI_DATA_ERROR, KAI_DATA_ERROR_CONFLICT);
  else
    {
      g_autoptr (KaiEbillRecord) record =
          kai_ebill_store_find_by_notice (m->desk->db, notice->id, &error);
      gint64 *id = g_new (gint64, 1);

      g_assert_no_error (error);
      notice->ebill = *id = record->id;
      notice->ebill_sync = KAI_SYNC_DRAFT;
      g_hash_table_insert (m->by_ebill, id, notice);
    }
  check_notice (m, notice);
}

static void
hold (Model *m)
{
  guint n = g_queue_get_length (m->letters);
  Letter *letter;

  if (n == 0)
    return;
  letter = g_queue_peek_nth (m->letters, g_test_rand_int_range (0, (int)n));
  /* Few at a time, and not for ever. */
  letter->held = !letter->held && model_one_in (3);
  g_assert_true (kai_outbox_set_held (m->desk->db, letter->id, letter->held, NULL));
}

static void
restart (Model *m)
{
  /* Opening reads the whole store. */
  if (m->notices->len > 1000 && !model_one_in (20))
    return;
  kai_desk_close (m->desk);
  model_open_desk (m);
  take_letters (m);
}

/* ---- what the server does ---- */

static KaiRecord *
add_result (KaiMessage *answer, const char *number, const char *symbol)
{
  KaiRecord *record = kai_desk_add_voucher (answer);

  kai_record_set (record, "OriMsgNo", number);
  kai_record_set (record, "Result",
                  symbol ? kai_result_code_by_symbol (symbol)->code : KAI_RESULT_OK);
  return record;
}

static void
enter (Model *m, KaiMessage *answer, Notice *notice)
{
  g_assert_false (notice->known);
  if (model_one_in (12))
    add_result (answer, "8994", "outside-standard");
  else if (model_one_in (12))
    {
      /* Known from a message of an earlier life, or there is another one under the code. */
      notice->foreign = model_one_in (2);
      notice->known = !notice->foreign;
      add_result (answer, "8994", "code-exists");
    }
  else
    {
      notice->known = TRUE;
      kai_record_set (add_result (answer, "8994", NULL), "Information", "1234");
    }
}

static void
show (Model *m, KaiMessage *answer, Notice *notice)
{
  g_autoptr (KaiNotice) row = kai_notice_store_load (m->desk->db, notice->id, NULL);
  g_autofree char *info = kai_notice_build_pay_info (row, m->desk->profile->pay_info_separator);
  KaiRecord *record = kai_desk_add_voucher (answer);

  kai_record_set (record, "PayCode", notice->code);
  kai_record_set (record, "ChgAgenCode", UNIT);
  kai_record_set (record, "PayerName", notice->foreign ? "别人" : row->payer_name);
  kai_record_set (record, "PayInfo", info);
  kai_record_set_money (record, "Amt", notice->amount);
  kai_record_set (record, "PayStats", notice->there == KAI_NOTICE_PAID ? "1" : "0");
}

static void
take_back (Model *m, KaiMessage *answer, Notice *notice)
{
  /* What the server does not have, or has from somebody else, must not be voided there. */
  g_assert_true (notice->known);
  g_assert_false (notice->foreign);
  if (notice->there == KAI_NOTICE_UNPAID)
    notice->there = KAI_NOTICE_VOID;
  add_result (answer, "8641", notice->there == KAI_NOTICE_PAID ? "already-paid" : NULL);
}

static void
reserve (Model *m, KaiMessage *answer, Notice *notice)
{
  KaiRecord *record;

  if (model_one_in (15))
    {
      add_result (answer, "8999", "no-ebill-numbers");
      return;
    }
  if (!notice->ebill_number)
    {
      notice->ebill_number = g_strdup_printf ("%010u", g_hash_table_size (m->numbers) + 1);
      g_assert_true (g_hash_table_insert (m->numbers, notice->ebill_number, notice));
    }
  record = add_result (answer, "8999", NULL);
  kai_record_set (record, "Information", notice->ebill_number);
  kai_record_set (record, "Hold1", "abcdef");
}

/* The server's answer to a letter; the same letter gets the same again. */
static const KaiMessage *
serve (Model *m, Letter *letter)
{
  gboolean swapping = g_str_equal (letter->number, "8981"),
           file = g_str_equal (letter->number, "8982");

  if (letter->answer)
    return letter->answer;
  letter->answer = kai_message_new (swapping                               ? "5981"
                                    : file                                 ? "5982"
                                    : g_str_equal (letter->number, "8997") ? "5997"
                                                                           : "5001");
  for (guint i = 0; i < letter->subjects->len; i++)
    {
      Notice *notice = model_subject_of (m, letter, i);

      if (g_str_equal (letter->number, "8994"))
        enter (m, letter->answer, notice);
      else if (g_str_equal (letter->number, "8997"))
        show (m, letter->answer, notice);
      else if (g_str_equal (letter->number, "8641"))
        take_back (m, letter->answer, notice);
      else if (g_str_equal (letter->number, "8999"))
        reserve (m, letter->answer, notice);
      else if (swapping)
        add_result (letter->answer, "8981", model_one_in (15) ? "content-mismatch" : NULL);
      else
        add_result (letter->answer, "8982", "no-file-yet");
    }
  return letter->answer;
}

static void
pay (Model *m)
{
  Notice *notice = model_any_notice (m);

  if (!notice || !notice->known || notice->there != KAI_NOTICE_UNPAID)
    return;
  notice->there = KAI_NOTICE_PAID;
  g_queue_push_tail (m->pushes, notice);
}

/* A payment is told, perhaps again, perhaps in another order. */
static void
tell (Model *m)
{
  guint n = g_queue_get_length (m->pushes);
  guint i = n ? (guint)g_test_rand_int_range (0, (int)n) : 0;
  Notice *notice = n ? g_queue_peek_nth (m->pushes, i) : NULL;
  g_autoptr (KaiRecord) push = kai_record_new ();
  g_autoptr (GError) error = NULL;

  if (!notice)
    return;
  kai_record_set (push, "PayCode", notice->code);
  kai_record_set (push, "CfmDate", "20261121");
  kai_record_set (push, "CfmTime", "093000");
  kai_record_set_money (push, "Amt", notice->amount);
  kai_record_set (push, "PayMode", "3");
  kai_record_set (push, "TraNoBus", "T1");
  kai_record_set (push, "PayerName", "王大明");
  g_assert_true (kai_desk_apply_payment (m->desk, push, &error));
  g_assert_no_error (error);
  if (notice->state != KAI_NOTICE_PAID)
    {
      notice->state = KAI_NOTICE_PAID;
      notice->sync = KAI_SYNC_ACCEPTED; /* whatever it was: the server has it */
    }
  check_notice (m, notice);
  if (!model_one_in (4))
    g_queue_pop_nth (m->pushes, i);
}

/* ---- delivery ---- */

static gboolean
about_the_same (Model *m, const Letter *one, const Letter *other)
{
  gboolean notices = strstr ("8994 8997 8641", one->number) != NULL;

  if (notices != (strstr ("8994 8997 8641", other->number) != NULL))
    return FALSE;
  for (guint i = 0; i < one->subjects->len; i++)
    for (guint k = 0; k < other->subjects->len; k++)
      if (g_array_index (one->subjects, gint64, i) == g_array_index (other->subjects, gint64, k))
        return TRUE;
  return FALSE;
}

/* The oldest that nothing keeps back: what is about the same goes in order, also past a batch that is held up by another of its notices; a void
 * waits for the question about its notice, which does not wait for the void. */
static Letter *
expected_next (Model *m)
{
  for (GList *node = m->letters->head; node; node = node->next)
    {
      Letter *letter = node->data;
      gboolean kept = letter->held
                      || (g_str_equal (letter->number, "8641")
                          && model_subject_of (m, letter, 0)->sync == KAI_SYNC_UNKNOWN);

      for (GList *before = m->letters->head; !kept && before != node; before = before->next)
        {
          const Letter *earlier = before->data;

          kept =
              about_the_same (m, earlier, letter)
              && !(g_str_equal (earlier->number, "8641") && g_str_equal (letter->number, "8997"));
        }
      if (!kept)
        return letter;
    }
  return NULL;
}

static void
expect_accepted (Notice *notice)
{
  move_to (&notice->sync, notice->state == KAI_NOTICE_VOID ? KAI_SYNC_SIGNED : KAI_SYNC_ACCEPTED,
           notice_edges);
}

/* What the answer to one voucher must do to the desk. */
static int
expect (const char *number, Notice *notice, const KaiRecord *reply)
{
  const char *result = kai_record_get (reply, "Result");
  gboolean ok = g_str_equal (result, KAI_RESULT_OK);

  if (g_str_equal (number, "8994") && ok)
    expect_accepted (notice);
  else if (g_str_equal (number, "8994"))
    {
      gboolean exists = g_str_equal (result, kai_result_code_by_symbol ("code-exists")->code);

      /* It may have been voided meanwhile: the void is not sent before it is known what the server has. */
      move_to (&notice->sync, exists ? KAI_SYNC_UNKNOWN : KAI_SYNC_REFUSED, notice_edges);
      notice->code_refused = FALSE;
      return !exists;
    }
  else if (g_str_equal (number, "8997") && notice->foreign)
    {
      move_to (&notice->sync, KAI_SYNC_REFUSED, notice_edges);
      notice->code_refused = TRUE;
      return 1;
    }
  else if (g_str_equal (number, "8997"))
    {
      if (g_str_equal (kai_record_get (reply, "PayStats"), "1"))
        notice->state = KAI_NOTICE_PAID;
      expect_accepted (notice);
    }
  else if (g_str_equal (number, "8641"))
    {
      move_to (&notice->sync, KAI_SYNC_ACCEPTED, notice_edges);
      if (!ok)
        notice->state = KAI_NOTICE_PAID; /* the only reason to refuse a voiding here */
      return !ok;
    }
  else if (g_str_equal (number, "8999"))
    move_to (&notice->ebill_sync, ok ? KAI_SYNC_SIGNED : KAI_SYNC_REFUSED, ebill_edges);
  else if (g_str_equal (number, "8981"))
    move_to (&notice->ebill_sync, ok ? KAI_SYNC_ACCEPTED : KAI_SYNC_REFUSED, ebill_edges);
  return !ok && !g_str_equal (number, "8997");
}

static void
forget_letter (Model *m, Letter *letter)
{
  g_queue_remove (m->letters, letter);
  model_letter_free (letter);
}

/* A void of what the server has not is taken back. */
static void
forget_void (Model *m, const Notice *notice)
{
  for (GList *node = m->letters->head, *next; node; node = next)
    {
      Letter *letter = node->data;

      next = node->next;
      if (g_str_equal (letter->number, "8641") && model_subject_of (m, letter, 0) == notice)
        forget_letter (m, letter);
    }
}

static void
apply (Model *m, Letter *letter, const KaiOutboxMessage *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) touched = g_ptr_array_new ();
  int refused = 0, wanted = 0;

  g_assert_true (kai_desk_apply_answer (m->desk, out, letter->answer, &refused, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < letter->subjects->len; i++)
    {
      Notice *notice = model_subject_of (m, letter, i);

      wanted += expect (letter->number, notice, letter->answer->vouchers->pdata[i]);
      g_ptr_array_add (touched, notice);
    }
  g_assert_cmpint (refused, ==, wanted);
  forget_letter (m, letter);
  for (guint i = 0; i < touched->len; i++)
    {
      Notice *notice = touched->pdata[i];

      if (notice->sync == KAI_SYNC_REFUSED)
        forget_void (m, notice);
      check_notice (m, notice);
    }
}

static void
expect_sent (Model *m, const Letter *letter)
{
  for (guint i = 0; i < letter->subjects->len; i++)
    {
      Notice *notice = model_subject_of (m, letter, i);

      if (g_str_equal (letter->number, "8994") && notice->sync == KAI_SYNC_SIGNED)
        move_to (&notice->sync, KAI_SYNC_SENT, notice_edges);
      else if (g_str_equal (letter->number, "8981"))
        move_to (&notice->ebill_sync, KAI_SYNC_SENT, ebill_edges);
    }
}

/* It got no answer; when it has not left and never had, all is as if it had not been tried. */
static void
fail (Model *m, Letter *letter, const KaiOutboxMessage *out, gboolean left)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (kai_desk_mark_failed (m->desk, out, left, "no way", 0, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < letter->subjects->len; i++)
    {
      Notice *notice = model_subject_of (m, letter, i);

      if (left || letter->tried)
        ;
      else if (g_str_equal (letter->number, "8994") && notice->sync == KAI_SYNC_SENT)
        move_to (&notice->sync, KAI_SYNC_SIGNED, notice_edges);
      else if (g_str_equal (letter->number, "8981"))
        move_to (&notice->ebill_sync, KAI_SYNC_SIGNED, ebill_edges);
      check_notice (m, notice);
    }
}

static void
deliver (Model *m)
{
  Letter *letter = expected_next (m);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiOutboxMessage) out = kai_outbox_next (m->desk->db, 1, &error);
  g_autoptr (KaiMessage) message = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (out ? out->msg_id : NULL, ==, letter ? letter->msg_id : NULL);
  if (!letter)
    return;
  /* The same bytes under the same number, however often. */
  message = kai_message_decode_bytes (out->body, m->desk->catalogue, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (message->id, ==, letter->msg_id);
  g_assert_cmpuint (message->vouchers->len, ==, letter->subjects->len);
  g_assert_true (kai_desk_mark_sent (m->desk, out, &error));
  if (!letter->tried)
    expect_sent (m, letter);
  if (model_one_in (6))
    {
      /* There is no connection: it has not left. */
      fail (m, letter, out, FALSE);
      return;
    }
  letter->tried = TRUE;
  if (model_one_in (5))
    {
      /* The request is lost, which may be told or not (a crash). */
      if (model_one_in (2))
        fail (m, letter, out, TRUE);
      return;
    }
  serve (m, letter);
  if (model_one_in (5))
    return; /* the answer is lost */
  apply (m, letter, out);
}

/* ---- the run ---- */

static const struct
{
  const char *name;
  void (*func) (Model *m);
  int weight;
} operations[] = {
  { "issue", issue, 14 },
  { "lease", lease, 6 },
  { "number drafts", number_drafts, 2 },
  { "void", void_notice, 5 },
  { "swap", swap, 8 },
  { "hold or release", hold, 3 },
  { "restart", restart, 1 },
  { "pay", pay, 12 },
  { "tell a payment", tell, 10 },
  { "deliver", deliver, 60 },
  { "deal with refusals", deal_with_refusals, 1 },
};

static void
step (Model *m)
{
  int total = 0, i = 0, at;

  for (guint k = 0; k < G_N_ELEMENTS (operations); k++)
    total += operations[k].weight;
  for (at = g_test_rand_int_range (0, total); at >= operations[i].weight; i++)
    at -= operations[i].weight;
  m->counts[i]++;
  operations[i].func (m);
  take_letters (m);
}

/* Everything is released, numbered and delivered without loss: nothing may be left. */
static void
come_to_rest (Model *m)
{
  for (GList *node = m->letters->head; node; node = node->next)
    {
      ((Letter *)node->data)->held = FALSE;
      g_assert_true (kai_outbox_set_held (m->desk->db, ((Letter *)node->data)->id, FALSE, NULL));
    }
  for (guint i = 0; i < 100 * m->notices->len + 1000; i++)
    {
      while (m->leased == m->taken)
        lease (m);
      if (i % 16 == 0)
        number_drafts (m);
      tell (m);
      take_letters (m);
      deliver (m);
      take_letters (m);
      if (g_queue_is_empty (m->letters) && g_queue_is_empty (m->pushes) && i % 16 == 0)
        break;
    }
  g_assert_cmpuint (g_queue_get_length (m->letters), ==, 0);
  g_assert_cmpuint (g_queue_get_length (m->pushes), ==, 0);
}

/* Both sides hold the same. */
static void
check_rest (Model *m)
{
  int states[4] = { 0 }, ebills = 0;

  check_everything (m);
  for (guint i = 0; i < m->notices->len; i++)
    {
      const Notice *notice = m->notices->pdata[i];

      g_assert_nonnull (notice->code);
      if (notice->known)
        {
          g_assert_cmpint (notice->sync, ==, KAI_SYNC_ACCEPTED);
          g_assert_cmpint (notice->state, ==, notice->there);
        }
      else
        g_assert_cmpint (notice->sync, ==, KAI_SYNC_REFUSED);
      g_assert_true (!notice->ebill || notice->ebill_sync == KAI_SYNC_ACCEPTED
                     || notice->ebill_sync == KAI_SYNC_REFUSED);
      states[notice->state]++;
      ebills += notice->ebill && notice->ebill_sync == KAI_SYNC_ACCEPTED;
    }
  g_test_message ("%u notices: %d unpaid, %d paid, %d void; %d e-bills; %u messages",
                  m->notices->len, states[KAI_NOTICE_UNPAID], states[KAI_NOTICE_PAID],
                  states[KAI_NOTICE_VOID], ebills, g_hash_table_size (m->msg_ids));
  /* The run has been everywhere. */
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    g_assert_cmpint (m->counts[i], >, 0);
  g_assert_cmpint (states[KAI_NOTICE_PAID], >, 0);
  g_assert_cmpint (states[KAI_NOTICE_VOID], >, 0);
  g_assert_cmpint (ebills, >, 0);
}

static void
set_up (Model *m, gconstpointer data)
{
  g_autofree char *pem = NULL;

  m->dir = kai_test_make_dir ();
  m->root = kai_test_root_new ("root", KAI_ALGORITHM_P256);
  m->clerk = kai_test_clerk_new (m->root, KAI_ALGORITHM_P256, UNIT, CLERK);
  m->connection = kai_connection_new (m->dir);
  g_free (m->connection->trust_path);
  m->connection->trust_path = g_build_filename (m->dir, "ca.pem", NULL);
  pem = kai_test_key_certificate_pem (m->root);
  g_assert_true (g_file_set_contents (m->connection->trust_path, pem, -1, NULL));
  m->notices = g_ptr_array_new_with_free_func ((GDestroyNotify)model_notice_free);
  m->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  m->by_ebill = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  m->codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  m->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  m->msg_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  m->letters = g_queue_new ();
  m->pushes = g_queue_new ();
  model_open_desk (m);
  model_store_base_data (m);
}

static void
tear_down (Model *m, gconstpointer data)
{
  kai_desk_close (m->desk);
  g_queue_free_full (m->letters, (GDestroyNotify)model_letter_free);
  g_queue_free (m->pushes);
  g_hash_table_unref (m->by_id);
  g_hash_table_unref (m->by_ebill);
  g_hash_table_unref (m->codes);
  g_hash_table_unref (m->numbers);
  g_hash_table_unref (m->msg_ids);
  g_ptr_array_unref (m->notices);
  kai_connection_free (m->connection);
  kai_test_key_free (m->clerk);
  kai_test_key_free (m->root);
  kai_test_remove_dir (m->dir);
}

static void
test_model (Model *m, gconstpointer data)
{
  for (int i = 0; i < STEPS; i++)
    {
      step (m);
      if (i % 20000 == 19999)
        {
          check_everything (m);
          g_test_message ("%d steps, %u notices, %u open messages", i + 1, m->notices->len,
                          g_queue_get_length (m->letters));
        }
    }
  come_to_rest (m);
  check_rest (m);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/outbox-model/random-operations", Model, NULL, set_up, test_model, tear_down);
  return g_test_run ();
}
