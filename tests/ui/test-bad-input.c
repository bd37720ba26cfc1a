/* Bad input in every field that a clerk types into: what is refused says why beside its field, what is accepted was put right safely, and nothing that was
 * typed is lost. */
#include "kai-ui-fixture.h"

#include "editor/kai-editor-private.h"
#include "kai-window-private.h"
#include "store/kai-draft-store.h"
#include "store/kai-notice-store.h"
#include "store/kai-payer-store.h"
#include "store/kai-template-store.h"
#include "widgets/kai-field.h"

#include <string.h>

#define REFUSED NULL

/* ---- The editor ---- */

typedef struct
{
  const char *field, *text;
  const char *kept; /* what the notice has of it; REFUSED */
} Row;

#define LONG_40 "名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名名"
#define LONG_200 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40
#define DIGITS_60 "123456789012345678901234567890123456789012345678901234567890"
#define RLM "\342\200\217"
#define LRE "\342\200\252"
#define PDF "\342\200\254"
#define BOM "\357\273\277"
#define NBSP "\302\240"

static const Row rows[] = {
  { "Payer", "", REFUSED },
  { "Payer", " 　\t" NBSP, REFUSED },
  { "Payer", LONG_200, REFUSED },
  { "Payer", "　张 明远　", "张 明远" },
  { "Payer", "张明远\t13800000000", "张明远 13800000000" },
  { "Payer", "张\n明远", "张 明远" },
  { "Payer", "陈𠮷祥", "陈𠮷祥" },
  { "Payer", "㛃龘", "㛃龘" },
  { "Payer", "张三😀", REFUSED },
  { "Payer", RLM "张三" LRE PDF BOM, "张三" },
  { "Payer", "张三\001", REFUSED },
  { "Identity number", "110105491231002", REFUSED },
  { "Identity number", "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X" },
  { "Identity number", " 110105 19491231 002X ", "11010519491231002X" },
  { "Identity number", "110105194912310021", REFUSED },
  { "Identity number", "11010519491331002X", REFUSED },
  { "Identity number", RLM "11010519491231002X", "11010519491231002X" },
  { "Identity number", "😀", REFUSED },
  { "Identity number", DIGITS_60, REFUSED },
  { "Mobile number", "", REFUSED },
  { "Mobile number", "１３８ １２３４ ５６７８", "13812345678" },
  { "Mobile number", "138-1234-5678", "13812345678" },
  { "Mobile number", "1381234567", REFUSED },
  { "Mobile number", "12812345678", REFUSED },
  { "Mobile number", "13812345678😀", REFUSED },
  { "Mobile number", DIGITS_60, REFUSED },
  { "Late fee", "", "0" },
  { "Late fee", "　", "0" },
  { "Late fee", "-1", REFUSED },
  { "Late fee", "１．５０", "150" },
  { "Late fee", "1,5", REFUSED },
  { "Late fee", "1.505", REFUSED },
  { "Late fee", "1e3", REFUSED },
  { "Late fee", "😀", REFUSED },
  { "Late fee", "99999999999999999999", REFUSED },
  { "Term", "", "" },
  { "Term", LONG_200, REFUSED },
  { "Term", RLM "第一学期", "第一学期" },
  { "Remark", "", "" },
  { "Remark", LONG_200 LONG_200, REFUSED },
  { "Remark", "甲\t乙\n丙", "甲 乙 丙" },
  { "Remark", "𠮷", "𠮷" },
  { "Remark", "补缴😀", REFUSED },
  { "Charge item", "", REFUSED },
  { "Charge item", "没有这个", REFUSED },
  { "Charge item", "😀", REFUSED },
  { "Charge item", LONG_200, REFUSED },
  { "Charge item", "３２０６０００１０００２", KAI_UI_FREE },
  { "Charge item", " 场地使用费　", KAI_UI_FREE },
  { "Quantity", "", REFUSED },
  { "Quantity", "0", REFUSED },
  { "Quantity", "-1", REFUSED },
  { "Quantity", "1.5", REFUSED },
  { "Quantity", "２", "2" },
  { "Quantity", "999999999999", REFUSED },
  { "Quantity", "😀", REFUSED },
  { "Amount", "", REFUSED },
  { "Amount", "0", REFUSED },
  { "Amount", "１２．３４", "1234" },
  { "Amount", "￥12", "1200" },
  { "Amount", "12\n", "1200" },
  { "Amount", "1e3", REFUSED },
  { "Amount", "😀", REFUSED },
  { "Amount", "99999999999999999999", REFUSED },
};

static const char *const fields[] = { "Payer", "Identity number", "Mobile number", "Late fee",
                                      "Term",  "Remark",          "Charge item",   "Quantity",
                                      "Amount" };

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

static char **
dup_texts (KaiWindow *window)
{
  char **texts = g_new0 (char *, G_N_ELEMENTS (fields) + 1);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    texts[i] = g_strdup (gtk_entry_get_text (GTK_ENTRY (find (window, fields[i]))));
  return texts;
}

static void
assert_same_texts (char **one, char **other)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_test_message ("%s: “%s”", fields[i], one[i]);
      g_assert_cmpstr (one[i], ==, other[i]);
    }
}

static char *
dup_kept (const KaiNotice *notice, const char *field)
{
  const KaiNoticeItem *item = notice->items->pdata[0];

  if (g_str_equal (field, "Payer"))
    return g_strdup (notice->payer_name);
  if (g_str_equal (field, "Identity number"))
    return g_strdup (notice->payer_id);
  if (g_str_equal (field, "Mobile number"))
    return g_strdup (notice->mobile);
  if (g_str_equal (field, "Late fee"))
    return g_strdup_printf ("%d", (int)notice->late_fee);
  if (g_str_equal (field, "Term"))
    return g_strdup (notice->term);
  if (g_str_equal (field, "Remark"))
    return g_strdup (notice->memo);
  if (g_str_equal (field, "Charge item"))
    return g_strdup (item->code);
  if (g_str_equal (field, "Quantity"))
    return g_strdup_printf ("%d", (int)item->quantity);
  return g_strdup_printf ("%d", (int)item->amount);
}

static KaiNotice *
load_newest (KaiUiFixture *f)
{
  KaiNoticeFilter filter = { .state = -1, .limit = 1 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) notices =
      kai_notice_store_list (kai_session_get_database (f->session), &filter, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (notices->len, ==, 1);
  return kai_notice_ref (notices->pdata[0]);
}

static void
fill (KaiWindow *window)
{
  type (window, "Payer", "张明远");
  type (window, "Identity number", "");
  type (window, "Mobile number", "13812345678");
  type (window, "Late fee", "");
  type (window, "Term", "");
  type (window, "Remark", "");
  type (window, "Charge item", KAI_UI_FREE);
  type (window, "Quantity", "1");
  type (window, "Amount", "12");
}

/* Refused: the reason stands beside the field, every field reads as it was typed, and so it does after the window has gone and come back. */
static void
check_refused (KaiUiFixture *f, KaiWindow **window, const Row *row, char **before)
{
  KaiField *field =
      KAI_FIELD (gtk_widget_get_ancestor (find (*window, row->field), KAI_TYPE_FIELD));
  g_auto (GStrv) after = dup_texts (*window);
  g_auto (GStrv) restored = NULL;

  g_assert_cmpstr (kai_field_get_problem (field), !=, "");
  assert_same_texts (before, after);
  kai_ui_close_window (*window);
  *window = kai_ui_open_editor (f);
  restored = dup_texts (*window);
  assert_same_texts (before, restored);
  gtk_button_clicked (GTK_BUTTON (find (*window, "Clear the form")));
}

static void
check_accepted (KaiUiFixture *f, KaiWindow *window, const Row *row)
{
  g_autoptr (KaiNotice) notice = load_newest (f);
  g_autofree char *kept = dup_kept (notice, row->field);

  g_assert_cmpstr (kept, ==, row->kept);
  kai_ui_press (window, GDK_KEY_n, GDK_CONTROL_MASK);
}

static void
test_editor (KaiUiFixture *f, gconstpointer data)
{
  KaiWindow *window = kai_ui_open_editor (f);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) before = NULL;
      const char *part;

      g_test_message ("row %u, %s: “%s”", i, rows[i].field, rows[i].text);
      fill (window);
      type (window, rows[i].field, rows[i].text);
      /* What a field makes of its own text when it is left is there before saving. */
      gtk_widget_grab_focus (find (window, "Save the notice"));
      kai_editor_page_keep (window->editor_page);
      before = dup_texts (window);
      if (!g_str_equal (rows[i].field, "Charge item"))
        for (guint k = 0; k < G_N_ELEMENTS (fields); k++)
          if (g_str_equal (fields[k], rows[i].field))
            g_assert_cmpstr (before[k], ==, rows[i].text);
      kai_ui_press (window, GDK_KEY_s, GDK_CONTROL_MASK);
      part = gtk_stack_get_visible_child_name (GTK_STACK (window->editor_page));
      g_assert_cmpstr (part, ==, rows[i].kept ? "result" : "form");
      if (rows[i].kept)
        check_accepted (f, window, &rows[i]);
      else
        check_refused (f, &window, &rows[i], before);
    }
  kai_ui_close_window (window);
}

/* A rare character is no mistake, but the clerk is told where it may not arrive. */
static void
test_rare_characters (KaiUiFixture *f, gconstpointer data)
{
  static const char *const names[] = { "Payer", "Remark" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      KaiWindow *window = kai_ui_open_editor (f);

      fill (window);
      kai_editor_form_update (window->editor_page, FALSE);
      g_assert_null (strstr (kai_editor_page_get_warnings (window->editor_page), "&#134071;"));
      type (window, names[i], "陈𠮷祥");
      kai_editor_form_update (window->editor_page, FALSE);
      g_assert_nonnull (strstr (kai_editor_page_get_warnings (window->editor_page), "&#134071;"));
      gtk_button_clicked (GTK_BUTTON (find (window, "Clear the form")));
      kai_ui_close_window (window);
    }
}

/* ---- Payers and templates ---- */

static void
type_in (KaiWindow *window, GType page, const char *name, const char *text)
{
  GtkWidget *entry = kai_ui_find_in_page (window, page, name);

  gtk_widget_grab_focus (entry);
  gtk_entry_set_text (GTK_ENTRY (entry), text);
}

static void
test_payers (KaiUiFixture *f, gconstpointer data)
{
  static const Row payers[] = {
    { "Name of the payer", "", REFUSED },
    { "Name of the payer", "　", REFUSED },
    { "Name of the payer", LONG_200, REFUSED },
    { "Name of the payer", "张三😀", REFUSED },
    { "Name of the payer", " 陈𠮷祥　", "陈𠮷祥" },
    { "Name of the payer", RLM "李四" BOM, "李四" },
    { "Name of the payer", "李\t五\n", "李 五" },
    { "Number of the payer", "", "" },
    { "Number of the payer", "110105491231002", REFUSED },
    { "Number of the payer", "110105194912310021", REFUSED },
    { "Number of the payer", "１１０１０５１９４９１２３１００２ｘ", "11010519491231002X" },
    { "Number of the payer", "😀", REFUSED },
    { "Number of the payer", DIGITS_60, REFUSED },
    { "Mobile of the payer", "", "" },
    { "Mobile of the payer", "１３８ １２３４ ５６７８", "13812345678" },
    { "Mobile of the payer", "1381234567", REFUSED },
    { "Mobile of the payer", "😀", REFUSED },
  };
  KaiDatabase *db = kai_session_get_database (f->session);
  KaiWindow *window = kai_ui_open_window (f);

  kai_window_show_page (window, "payers");
  for (guint i = 0; i < G_N_ELEMENTS (payers); i++)
    {
      const Row *row = &payers[i];
      gint64 count = kai_payer_store_count (db);
      g_autofree char *name = g_strdup_printf ("付款人%u", i);
      GtkWidget *entry = kai_ui_find_in_page (window, KAI_TYPE_PAYERS_PAGE, row->field);

      g_test_message ("row %u, %s: “%s”", i, row->field, row->text);
      g_action_group_activate_action (kai_payers_page_get_actions (window->payers_page), "new",
                                      NULL);
      type_in (window, KAI_TYPE_PAYERS_PAGE, "Name of the payer", name);
      type_in (window, KAI_TYPE_PAYERS_PAGE, row->field, row->text);
      g_action_group_activate_action (kai_payers_page_get_actions (window->payers_page), "save",
                                      NULL);
      kai_ui_settle ();
      g_assert_cmpint (kai_payer_store_count (db), ==, count + (row->kept ? 1 : 0));
      if (row->kept)
        {
          g_autoptr (GPtrArray) found = kai_payer_store_list (
              db, g_str_has_prefix (row->field, "Name") ? row->kept : name, 1, NULL);
          const KaiPayer *payer = found->pdata[0];

          g_assert_cmpstr (g_str_has_prefix (row->field, "Name")     ? payer->name
                           : g_str_has_prefix (row->field, "Number") ? payer->id_number
                                                                     : payer->mobile,
                           ==, row->kept);
        }
      else
        {
          KaiField *field = KAI_FIELD (gtk_widget_get_ancestor (entry, KAI_TYPE_FIELD));

          g_assert_cmpstr (kai_field_get_problem (field), !=, "");
          g_assert_cmpstr (gtk_entry_get_text (GTK_ENTRY (entry)), ==, row->text);
        }
    }
  kai_ui_close_window (window);
}

static void
test_templates (KaiUiFixture *f, gconstpointer data)
{
  static const Row names[] = {
    { NULL, "", REFUSED },
    { NULL, "　", REFUSED },
    { NULL, LONG_200 LONG_200, REFUSED },
    { NULL, " 秋季学费　", "秋季学费" },
    { NULL, RLM "春季" BOM, "春季" },
    { NULL, "甲\t乙\n丙", "甲 乙 丙" },
    { NULL, "𠮷", "𠮷" },
  };
  KaiDatabase *db = kai_session_get_database (f->session);
  g_autoptr (KaiForm) form = kai_form_new ();
  KaiWindow *window;
  GtkWidget *entry;
  KaiField *field;
  gint64 id = 0;

  kai_form_add_item (form, KAI_UI_FIXED, "1", "");
  g_assert_true (kai_template_store_save (db, &id, "原名", 0, form, NULL));
  window = kai_ui_open_window (f);
  kai_window_show_page (window, "templates");
  kai_ui_settle ();
  /* The item by its name: nobody knows codes. */
  g_assert_nonnull (kai_ui_find_in_page (window, KAI_TYPE_TEMPLATES_PAGE, "Notice templates"));
  entry = kai_ui_find_in_page (window, KAI_TYPE_TEMPLATES_PAGE, "Template name");
  field = KAI_FIELD (gtk_widget_get_ancestor (entry, KAI_TYPE_FIELD));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GtkTreeView *view =
          GTK_TREE_VIEW (kai_ui_find_in_page (window, KAI_TYPE_TEMPLATES_PAGE, "Notice templates"));
      g_autoptr (GtkTreePath) first = gtk_tree_path_new_first ();
      g_autoptr (KaiNoticeTemplate) before = kai_template_store_load (db, id, NULL);
      g_autoptr (KaiNoticeTemplate) after = NULL;
      g_autofree char *what = NULL;
      GtkTreeIter iter;

      g_test_message ("row %u: “%s”", i, names[i].text);
      gtk_tree_view_set_cursor (view, first, NULL, FALSE);
      gtk_tree_model_get_iter (gtk_tree_view_get_model (view), &iter, first);
      gtk_tree_model_get (gtk_tree_view_get_model (view), &iter, 4, &what, -1);
      g_assert_cmpstr (what, ==, "普通高中学费");
      gtk_entry_set_text (GTK_ENTRY (entry), names[i].text);
      g_action_group_activate_action (kai_templates_page_get_actions (window->templates_page),
                                      "save", NULL);
      kai_ui_settle ();
      after = kai_template_store_load (db, id, NULL);
      g_assert_cmpstr (after->name, ==, names[i].kept ? names[i].kept : before->name);
      if (!names[i].kept)
        {
          g_assert_cmpstr (kai_field_get_problem (field), !=, "");
          g_assert_cmpstr (gtk_entry_get_text (GTK_ENTRY (entry)), ==, names[i].text);
        }
    }
  kai_ui_close_window (window);
}

int
main (int argc, char **argv)
{
  if (!kai_ui_test_init (&argc, &argv))
    return 0;
  kai_ui_test_add ("/bad-input/editor", test_editor);
  kai_ui_test_add ("/bad-input/rare-characters", test_rare_characters);
  kai_ui_test_add ("/bad-input/payers", test_payers);
  kai_ui_test_add ("/bad-input/templates", test_templates);
  return kai_ui_run_in_application ();
}
