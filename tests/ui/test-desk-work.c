/* What makes a clerk fast, and what keeps their work: look-up, templates, last year's notice, drafts, corrections, finding anything, the lock, and
 * input methods that nothing disturbs. */
#include "kai-ui-fixture.h"

#include "editor/kai-editor-private.h"
#include "editor/kai-suggest.h"
#include "kai-accelerators.h"
#include "kai-input.h"
#include "kai-window-private.h"
#include "store/kai-draft-store.h"
#include "store/kai-notice-store.h"
#include "store/kai-payer-store.h"
#include "store/kai-template-store.h"
#include "sync/kai-desk-review.h"
#include "widgets/kai-field.h"

#include <string.h>

static KaiDatabase *
get_db (KaiUiFixture *f)
{
  return kai_session_get_database (f->session);
}

static GtkWidget *
find (KaiWindow *window, const char *name)
{
  return kai_ui_find (GTK_WIDGET (window->editor_page), name);
}

static void
type (KaiWindow *window, const char *name, const char *text)
{
  GtkWidget *entry = find (window, name);

  gtk_widget_grab_focus (entry);
  gtk_entry_set_text (GTK_ENTRY (entry), text);
}

static const char *
text_of (KaiWindow *window, const char *name)
{
  return gtk_entry_get_text (GTK_ENTRY (find (window, name)));
}

static const char *
problem_of (KaiWindow *window, const char *name)
{
  return kai_field_get_problem (
      KAI_FIELD (gtk_widget_get_ancestor (find (window, name), KAI_TYPE_FIELD)));
}

/* The list below the entry that has the focus. */
static gboolean
has_suggestions (gpointer window)
{
  KaiSuggest *suggest = kai_suggest_of (GTK_ENTRY (gtk_window_get_focus (window)));

  return suggest && kai_suggest_is_open (suggest);
}

static GPtrArray *
list_notices (KaiUiFixture *f)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GError) error = NULL;
  GPtrArray *notices = kai_notice_store_list (get_db (f), &filter, &error);

  g_assert_no_error (error);
  return notices;
}

static void
add_payer (KaiUiFixture *f, const char *name, const char *number, const char *mobile)
{
  g_autoptr (KaiPayer) payer = kai_payer_new ();
  g_autoptr (GError) error = NULL;

  kai_notice_set (&payer->name, name);
  kai_notice_set (&payer->id_number, number);
  kai_notice_set (&payer->mobile, mobile);
  kai_payer_store_save (get_db (f), payer, &error);
  g_assert_no_error (error);
}

/* ---- Look-up ---- */

static void
look_up (KaiUiFixture *f, const char *field, const char *typed)
{
  KaiWindow *window = kai_ui_open_editor (f);

  type (window, field, typed);
  kai_ui_wait (has_suggestions, window);
  kai_ui_press (window, GDK_KEY_Down, 0);
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "张明远");
  g_assert_cmpstr (text_of (window, "Identity number"), ==, "11010519491231002X");
  g_assert_cmpstr (text_of (window, "Mobile number"), ==, "13812345678");
  kai_ui_close_window (window);
}

static void
test_look_up (KaiUiFixture *f, gconstpointer data)
{
  add_payer (f, "张明远", "11010519491231002X", "13812345678");
  add_payer (f, "李四", "", "13912345678");
  look_up (f, "Payer", "明远");
  look_up (f, "Payer", "zmy");
  look_up (f, "Identity number", "110105");
  look_up (f, "Mobile number", "13812");
}

/* Payers of notices that never were in the address book. */
static void
test_look_up_earlier (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  kai_ui_add_notices (f, 2);
  window = kai_ui_open_editor (f);
  type (window, "Payer", "王小");
  kai_ui_wait (has_suggestions, window);
  kai_ui_press (window, GDK_KEY_Down, 0);
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "王小明");
  g_assert_cmpstr (text_of (window, "Mobile number"), ==, "13812345678");
  kai_ui_close_window (window);
}

static void
test_item_by_initials (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  type (window, "Charge item", "gzxf");
  kai_ui_wait (has_suggestions, window);
  kai_ui_press (window, GDK_KEY_Down, 0);
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_cmpstr (text_of (window, "Charge item"), ==, KAI_UI_FIXED " 普通高中学费");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "850.00");
  kai_ui_close_window (window);
}

/* The base data arrive while somebody is typing: no other key is needed. */
static void
test_item_arrives (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  type (window, "Charge item", "xwlx");
  kai_ui_settle ();
  g_assert_false (has_suggestions (window));
  kai_ui_replace_base_data (f, "320600019999", "校外旅行", TRUE);
  kai_ui_wait (has_suggestions, window);
  kai_ui_press (window, GDK_KEY_Down, 0);
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_cmpstr (text_of (window, "Charge item"), ==, "320600019999 校外旅行");
  kai_ui_close_window (window);
}

/* ---- Input methods ---- */

#define BOTH (GDK_CONTROL_MASK | GDK_SHIFT_MASK)

/* While a word is being composed no key is ours: neither those of the list nor any shortcut. GTK's own input method stands for all: Ctrl+Shift+U begins a
 * character by its number. */
static void
test_composing (KaiUiFixture *f, gconstpointer data)
{
  static const struct
  {
    guint key;
    GdkModifierType state;
  } keys[] = {
    { GDK_KEY_5, BOTH },
    { GDK_KEY_f, BOTH },
    { GDK_KEY_2, BOTH },
    { GDK_KEY_Down, 0 },
    { GDK_KEY_1, GDK_MOD1_MASK },
    { GDK_KEY_k, GDK_CONTROL_MASK },
    { GDK_KEY_s, GDK_CONTROL_MASK },
    { GDK_KEY_0, BOTH },
    { GDK_KEY_Return, BOTH },
  };
  KaiWindow *window;

  add_payer (f, "张明远", "", "13812345678");
  window = kai_ui_open_editor (f);
  type (window, "Payer", "张");
  gtk_editable_set_position (GTK_EDITABLE (find (window, "Payer")), -1);
  kai_ui_wait (has_suggestions, window);
  kai_ui_press (window, GDK_KEY_Down, 0);
  kai_ui_press (window, GDK_KEY_U, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
  g_assert_true (kai_input_is_composing (find (window, "Payer")));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_test_message ("key %u", i);
      g_assert_true (kai_input_is_composing (find (window, "Payer")));
      kai_ui_press (window, keys[i].key, keys[i].state);
    }
  /* Enter ended the character, and took no suggestion. */
  g_assert_cmpstr (text_of (window, "Payer"), ==, "张张");
  g_assert_cmpstr (text_of (window, "Mobile number"), ==, "");
  g_assert_cmpstr (problem_of (window, "Mobile number"), ==, "");
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "editor");
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (window->find_popover)));
  /* The word is finished: the keys are ours again. */
  g_assert_false (kai_input_is_composing (find (window, "Payer")));
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_assert_cmpstr (problem_of (window, "Mobile number"), !=, "");
  kai_ui_press (window, GDK_KEY_1, GDK_MOD1_MASK);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "notices");
  kai_ui_close_window (window);
}

/* ---- Drafts ---- */

typedef struct
{
  KaiUiFixture *f;
  int count;
} Wanted;

static gboolean
has_drafts (gpointer data)
{
  Wanted *wanted = data;

  return kai_draft_store_count (get_db (wanted->f), KAI_UI_CLERK) == wanted->count;
}

static void
test_draft_comes_back (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  Wanted one = { f, 1 };

  type (window, "Payer", " 陈𠮷　祥 ");
  type (window, "Amount", "5,00x");
  kai_ui_wait (has_drafts, &one);
  kai_ui_close_window (window);
  window = kai_ui_open_editor (f);
  g_assert_cmpstr (text_of (window, "Payer"), ==, " 陈𠮷　祥 ");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "5,00x");
  /* Clearing takes it away, and can be undone. */
  gtk_button_clicked (GTK_BUTTON (find (window, "Clear the form")));
  g_assert_cmpint (kai_draft_store_count (get_db (f), KAI_UI_CLERK), ==, 0);
  kai_ui_press (window, GDK_KEY_z, GDK_CONTROL_MASK);
  g_assert_cmpstr (text_of (window, "Amount"), ==, "5,00x");
  kai_ui_wait (has_drafts, &one);
  kai_ui_close_window (window);
}

static void
test_several_drafts (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  g_autoptr (GPtrArray) drafts = NULL;

  type (window, "Payer", "甲");
  kai_ui_press (window, GDK_KEY_N, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "");
  type (window, "Payer", "乙");
  kai_ui_press (window, GDK_KEY_N, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
  drafts = kai_draft_store_list (get_db (f), KAI_UI_CLERK, NULL);
  g_assert_cmpuint (drafts->len, ==, 2);
  kai_ui_close_window (window);
}

/* Issued: nothing is left to come back. */
static void
test_draft_goes_with_issue (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  Wanted one = { f, 1 };

  type (window, "Payer", "张明远");
  kai_ui_wait (has_drafts, &one);
  type (window, "Mobile number", "13812345678");
  type (window, "Charge item", KAI_UI_FIXED);
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_assert_cmpint (kai_draft_store_count (get_db (f), KAI_UI_CLERK), ==, 0);
  /* And the payer is in the address book. */
  g_assert_cmpint (kai_payer_store_count (get_db (f)), ==, 1);
  kai_ui_close_window (window);
}

/* ---- Templates, last year, twice ---- */

static void
test_template (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  g_autoptr (KaiForm) form = kai_form_new ();
  gint64 id = 0;

  kai_form_add_item (form, KAI_UI_FIXED, "3", "");
  kai_notice_set (&form->memo, "秋季");
  g_assert_true (kai_template_store_save (get_db (f), &id, "学费", 4, form, NULL));
  type (window, "Payer", "张明远");
  kai_ui_press (window, GDK_KEY_4, GDK_CONTROL_MASK);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "张明远");
  g_assert_cmpstr (text_of (window, "Remark"), ==, "秋季");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "2,550.00");
  /* A key without a template changes nothing. */
  kai_ui_press (window, GDK_KEY_5, GDK_CONTROL_MASK);
  g_assert_cmpstr (text_of (window, "Remark"), ==, "秋季");
  kai_ui_close_window (window);
}

static void
insert_of_term (KaiUiFixture *f, KaiDay day, const char *item, KaiMoney amount, const char *memo,
                const char *term)
{
  static int n;
  g_autoptr (KaiNotice) notice = kai_notice_new ();
  g_autofree char *code = g_strdup_printf ("32068425001%08d1", ++n);
  g_autoptr (GError) error = NULL;
  KaiNoticeItem *added;

  kai_notice_set (&notice->payment_code, code);
  kai_notice_set (&notice->payer_name, "张明远");
  kai_notice_set (&notice->mobile, "13812345678");
  kai_notice_set (&notice->memo, memo);
  notice->payer_kind = KAI_PAYER_PERSON;
  kai_notice_set (&notice->term, term);
  notice->bill_date = day;
  notice->valid_until = 20991231;
  notice->sync = KAI_SYNC_ACCEPTED;
  notice->state = KAI_NOTICE_PAID;
  added = kai_notice_add_item (notice, item, 1, amount);
  added->standard = KAI_STANDARD_FREE;
  kai_notice_set (&added->name, "场地使用费");
  g_assert_true (kai_notice_sum (notice));
  kai_notice_store_insert (get_db (f), notice, &error);
  g_assert_no_error (error);
}

static void
insert_old (KaiUiFixture *f, KaiDay day, const char *item, KaiMoney amount, const char *memo)
{
  insert_of_term (f, day, item, amount, memo, "");
}

static void
test_last_year (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);
  KaiDay today = kai_day_today ();

  insert_old (f, today - 30000, KAI_UI_FREE, 100, "三年前");
  insert_old (f, today - 10000, KAI_UI_FREE, 12300, "去年");
  insert_old (f, today, KAI_UI_FREE, 99900, "今天");
  type (window, "Payer", "张明远");
  kai_ui_press (window, GDK_KEY_l, GDK_CONTROL_MASK);
  g_assert_cmpstr (text_of (window, "Remark"), ==, "去年");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "123.00");
  kai_ui_close_window (window);
}

static gboolean
is_warned (gpointer window)
{
  return kai_editor_page_get_warnings (KAI_WINDOW (window)->editor_page)[0] != '\0';
}

static void
test_duplicate (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  insert_old (f, kai_day_today (), KAI_UI_FREE, 12300, "");
  type (window, "Payer", "张明远");
  type (window, "Mobile number", "13812345678");
  type (window, "Charge item", KAI_UI_FREE);
  kai_ui_wait (is_warned, window);
  /* It warns and does not forbid. */
  type (window, "Amount", "1");
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (window->editor_page)), ==,
                   "result");
  kai_ui_close_window (window);
}

/* What is no duplicate, and what is one although it is written otherwise; as the import of lists sees it. */
static void
test_duplicate_rules (KaiUiFixture *f, gconstpointer data)
{
  static const struct
  {
    const char *name, *id, *mobile, *item, *term;
    gboolean warned;
  } rows[] = {
    { "张明远", "", "13812345678", KAI_UI_FREE, "2026-2027学年第一学期", TRUE },
    { "张明远", "", "13812345678", KAI_UI_FREE, "２０２６至2027学年第1学期", TRUE },
    { " 张明远 ", "", "１３８１２３４５６７８", KAI_UI_FREE, "２０２６至2027学年第1学期", TRUE },
    /* The earlier one was written without the number. */
    { "张明远", "11010519491231002X", "13812345678", KAI_UI_FREE, "２０２６至2027学年第1学期",
      TRUE },
    { "张明远", "", "13812345678", KAI_UI_FREE, "2026-2027学年第二学期", FALSE },
    { "张明远", "", "13812345678", KAI_UI_RANGE, "２０２６至2027学年第1学期", FALSE },
    { "张明近", "", "13812345678", KAI_UI_FREE, "２０２６至2027学年第1学期", FALSE },
    { "张明远", "", "13900000000", KAI_UI_FREE, "２０２６至2027学年第1学期", FALSE },
  };

  insert_of_term (f, kai_day_today (), KAI_UI_FREE, 12300, "", "2026-2027学年第一学期");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      KaiWindow *window = kai_ui_open_editor (f);

      g_test_message ("row %u", i);
      type (window, "Payer", rows[i].name);
      type (window, "Identity number", rows[i].id);
      type (window, "Mobile number", rows[i].mobile);
      type (window, "Term", rows[i].term);
      type (window, "Charge item", rows[i].item);
      type (window, "Amount", "12");
      /* As it is done a moment after the last key. */
      kai_editor_payer_check_duplicate (window->editor_page);
      kai_editor_form_update (window->editor_page, FALSE);
      g_assert_cmpint (
          strstr (kai_editor_page_get_warnings (window->editor_page), "has a notice for 场地使用费")
              != NULL,
          ==, rows[i].warned);
      gtk_button_clicked (GTK_BUTTON (find (window, "Clear the form")));
      kai_ui_close_window (window);
    }
}

/* ---- Pasting ---- */

static gboolean
has_payer (gpointer window)
{
  return g_str_equal (text_of (window, "Payer"), "欧阳若溪");
}

static void
paste (KaiWindow *window, const char *text)
{
  gtk_widget_grab_focus (find (window, "Payer"));
  gtk_clipboard_set_text (gtk_clipboard_get (GDK_SELECTION_CLIPBOARD), text, -1);
  g_signal_emit_by_name (find (window, "Payer"), "paste-clipboard");
}

static gboolean
is_told (gpointer window)
{
  return gtk_info_bar_get_revealed (KAI_WINDOW (window)->info_bar);
}

static void
test_paste (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  paste (window, "甲\t13812345678\n乙\t13912345678\n");
  kai_ui_wait (is_told, window);
  g_assert_cmpstr (text_of (window, "Payer"), ==, "");
  paste (window, "欧阳若溪\t11010519491231002X\t１３８１２３４５６７８\t普通高中学费\t2\t补缴\r\n");
  kai_ui_wait (has_payer, window);
  g_assert_cmpstr (text_of (window, "Identity number"), ==, "11010519491231002X");
  g_assert_cmpstr (text_of (window, "Mobile number"), ==, "13812345678");
  g_assert_cmpstr (text_of (window, "Quantity"), ==, "2");
  g_assert_cmpstr (text_of (window, "Amount"), ==, "1,700.00");
  g_assert_cmpstr (text_of (window, "Remark"), ==, "补缴");
  kai_ui_close_window (window);
}

/* ---- Bad input ---- */

static void
test_bad_input (KaiUiFixture *f, gconstpointer data)
{
  static const struct
  {
    const char *field, *text;
    gboolean refused;
  } rows[] = {
    { "Payer", "", TRUE },
    { "Payer", "　", TRUE },
    { "Payer",
      "名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名"
      "名名名名名",
      TRUE },
    { "Payer", "陈𠮷祥", FALSE },
    { "Payer", "张三😀", TRUE },
    { "Payer", "\342\200\256张三\342\200\254", FALSE },
    { "Identity number", "110105491231002", TRUE }, /* 15 digits */
    { "Identity number", "１１０１０５１９４９１２３１００２ｘ", FALSE },
    { "Identity number", "110105194912310021", TRUE },
    { "Mobile number", "１３８ １２３４ ５６７８", FALSE },
    { "Mobile number", "1381234567", TRUE },
    { "Late fee", "-1", TRUE },
    { "Late fee", "１．５０", FALSE },
    { "Late fee", "1.505", TRUE },
    { "Quantity", "0", TRUE },
    { "Quantity", "1.5", TRUE },
    { "Quantity", "２", FALSE },
    { "Amount", "1e3", TRUE },
    { "Amount", "99999999999999999999", TRUE },
    { "Charge item", "没有这个", TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      KaiWindow *window = kai_ui_open_editor (f);

      g_test_message ("%s: %s", rows[i].field, rows[i].text);
      type (window, "Payer", "张明远");
      type (window, "Mobile number", "13812345678");
      type (window, "Charge item", KAI_UI_FREE);
      type (window, "Amount", "12");
      type (window, rows[i].field, rows[i].text);
      kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
      g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (window->editor_page)), ==,
                       rows[i].refused ? "form" : "result");
      if (rows[i].refused)
        {
          g_assert_cmpstr (problem_of (window, rows[i].field), !=, "");
          g_assert_cmpstr (text_of (window, rows[i].field), ==, rows[i].text);
          gtk_button_clicked (GTK_BUTTON (find (window, "Clear the form")));
        }
      kai_ui_close_window (window);
    }
}

/* ---- What came back ---- */

static void
test_correct (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;
  g_autoptr (GPtrArray) notices = NULL;
  g_autoptr (KaiNotice) after = NULL;
  GtkWidget *button;
  KaiNotice *notice;

  kai_ui_add_notices (f, 1);
  notices = list_notices (f);
  notice = notices->pdata[0];
  notice->sync = KAI_SYNC_REFUSED;
  kai_notice_set (&notice->refusal_text, "MobilePhone");
  g_assert_true (kai_notice_store_update (get_db (f), notice, NULL));
  window = kai_ui_open_editor (f);
  kai_window_show_page (window, "notices");
  kai_notices_page_show_notice (window->notices_page, notice->id);
  button = kai_ui_find (GTK_WIDGET (window->notices_page), "Correct…");
  g_assert_true (gtk_widget_get_visible (button));
  gtk_button_clicked (GTK_BUTTON (button));
  g_assert_cmpstr (text_of (window, "Payer"), ==, "王小明");
  g_assert_cmpstr (problem_of (window, "Mobile number"), ==, "MobilePhone");
  type (window, "Mobile number", "13900000000");
  g_assert_cmpstr (problem_of (window, "Mobile number"), ==, "");
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  after = kai_notice_store_load (get_db (f), notice->id, NULL);
  g_assert_cmpstr (after->mobile, ==, "13900000000");
  g_assert_cmpint (after->sync, !=, KAI_SYNC_REFUSED);
  kai_ui_close_window (window);
}

/* A clerk may not approve, a reviewer may not write: the command says so. */
static void
test_roles (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  g_assert_false (g_action_group_get_action_enabled (
      kai_editor_page_get_actions (window->editor_page), "save"));
  kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
  g_assert_true (gtk_info_bar_get_revealed (window->info_bar));
  g_assert_nonnull (strstr (gtk_label_get_text (window->info_label), "Only a clerk"));
  kai_ui_close_window (window);
}

/* ---- Find anything ---- */

static gboolean
has_hits (gpointer window)
{
  GtkWidget *list = kai_ui_find (GTK_WIDGET (KAI_WINDOW (window)->find_popover), "What was found");

  return gtk_list_box_get_selected_row (GTK_LIST_BOX (list)) != NULL;
}

static gboolean
has_focus (gpointer widget)
{
  return gtk_widget_has_focus (widget);
}

static void
find_anything (KaiWindow *window, const char *text)
{
  GtkWidget *entry;

  kai_ui_press (window, GDK_KEY_k, GDK_CONTROL_MASK);
  entry = kai_ui_find (GTK_WIDGET (window->find_popover), "Find anything");
  kai_ui_wait (has_focus, entry);
  gtk_entry_set_text (GTK_ENTRY (entry), text);
  kai_ui_wait (has_hits, window);
}

static void
test_find (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window;

  kai_ui_add_notices (f, 3);
  window = kai_ui_open_editor (f);
  find_anything (window, "wxm");
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "notices");
  /* A command by its name, on another page. */
  find_anything (window, "Bill stock");
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (window->pages), ==, "stock");
  /* One that cannot be done says why, and the list stays. */
  find_anything (window, "Lock the window");
  kai_ui_press (window, GDK_KEY_Return, 0);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->find_popover)));
  kai_ui_press (window, GDK_KEY_Escape, 0);
  kai_ui_close_window (window);
}

/* Every key has a command with a name, so that it can be found. */
static void
test_every_command_has_a_name (void)
{
  guint n;
  const KaiAccelerator *table = kai_accelerators_get (&n);
  int nameless = 0;

  for (guint i = 0; i < n; i++)
    if (!strchr (table[i].action, '(') && !kai_window_get_command_title (table[i].action))
      {
        g_test_message ("%s", table[i].action);
        nameless++;
      }
  g_assert_cmpint (nameless, ==, 0);
}

#define ADD(path, func) kai_ui_test_add (path, func)

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  ADD ("/work/look-up", test_look_up);
  ADD ("/work/look-up-earlier", test_look_up_earlier);
  ADD ("/work/item-by-initials", test_item_by_initials);
  ADD ("/work/item-arrives", test_item_arrives);
  ADD ("/work/composing", test_composing);
  ADD ("/work/draft-comes-back", test_draft_comes_back);
  ADD ("/work/several-drafts", test_several_drafts);
  ADD ("/work/draft-goes-with-issue", test_draft_goes_with_issue);
  ADD ("/work/template", test_template);
  ADD ("/work/last-year", test_last_year);
  ADD ("/work/duplicate", test_duplicate);
  ADD ("/work/duplicate-rules", test_duplicate_rules);
  ADD ("/work/paste", test_paste);
  ADD ("/work/bad-input", test_bad_input);
  ADD ("/work/correct", test_correct);
  kai_ui_test_add_as ("/work/roles", "reviewer", test_roles);
  ADD ("/work/find", test_find);
  g_test_add_func ("/work/every-command-has-a-name", test_every_command_has_a_name);
  return kai_ui_run_in_application ();
}
