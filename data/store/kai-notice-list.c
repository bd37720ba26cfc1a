/* A very long list: the ids in order, and the pages around what is being looked at. Nothing else grows with the ledger. */
#include "store/kai-notice-list.h"

#define PAGE_ROWS 64
#define CACHED_PAGES 32

typedef struct
{
  GPtrArray *rows; /* KaiNotice or NULL; NULL array in a free slot */
  guint number;
  guint64 used_at; /* count of look-ups, for the least recently used */
} Page;

struct _KaiNoticeList
{
  KaiDatabase *db; /* borrowed */
  GArray *ids;
  Page pages[CACHED_PAGES];
  guint64 clock;
};

static void
drop_pages (KaiNoticeList *list)
{
  for (guint i = 0; i < CACHED_PAGES; i++)
    g_clear_pointer (&list->pages[i].rows, g_ptr_array_unref);
}

KaiNoticeList *
kai_notice_list_new (KaiDatabase *db)
{
  KaiNoticeList *list = g_new0 (KaiNoticeList, 1);

  list->db = db;
  list->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  return list;
}

void
kai_notice_list_free (KaiNoticeList *list)
{
  if (!list)
    return;
  drop_pages (list);
  g_array_unref (list->ids);
  g_free (list);
}

gboolean
kai_notice_list_load (KaiNoticeList *list, const KaiNoticeFilter *filter, GError **error)
{
  GArray *ids = kai_notice_store_list_ids (list->db, filter, error);

  if (!ids)
    return FALSE;
  drop_pages (list);
  g_array_unref (list->ids);
  list->ids = ids;
  return TRUE;
}

guint
kai_notice_list_get_length (KaiNoticeList *list)
{
  return list->ids->len;
}

gint64
kai_notice_list_get_id (KaiNoticeList *list, guint position)
{
  g_return_val_if_fail (position < list->ids->len, 0);
  return g_array_index (list->ids, gint64, position);
}

static Page *
find_page (KaiNoticeList *list, guint number)
{
  for (guint i = 0; i < CACHED_PAGES; i++)
    if (list->pages[i].rows && list->pages[i].number == number)
      return &list->pages[i];
  return NULL;
}

/* A free slot, or the one that was not looked at for longest. */
static Page *
choose_slot (KaiNoticeList *list)
{
  Page *oldest = &list->pages[0];

  for (guint i = 0; i < CACHED_PAGES; i++)
    {
      if (!list->pages[i].rows)
        return &list->pages[i];
      if (list->pages[i].used_at < oldest->used_at)
        oldest = &list->pages[i];
    }
  return oldest;
}

static Page *
load_page (KaiNoticeList *list, guint number)
{
  guint first = number * PAGE_ROWS;
  guint count = MIN (PAGE_ROWS, list->ids->len - first);
  g_autoptr (GError) error = NULL;
  GPtrArray *rows = kai_notice_store_load_many (list->db, &g_array_index (list->ids, gint64, first),
                                                count, &error);
  Page *page;

  if (!rows)
    {
      g_message ("a page of the list could not be read: %s", error->message);
      return NULL;
    }
  page = choose_slot (list);
  g_clear_pointer (&page->rows, g_ptr_array_unref);
  page->rows = rows;
  page->number = number;
  return page;
}

const KaiNotice *
kai_notice_list_get (KaiNoticeList *list, guint position)
{
  guint number = position / PAGE_ROWS;
  Page *page;

  g_return_val_if_fail (position < list->ids->len, NULL);
  page = find_page (list, number);
  if (!page)
    page = load_page (list, number);
  if (!page)
    return NULL;
  page->used_at = ++list->clock;
  return g_ptr_array_index (page->rows, position % PAGE_ROWS);
}

int
kai_notice_list_find (KaiNoticeList *list, gint64 id)
{
  for (guint i = 0; i < list->ids->len; i++)
    if (g_array_index (list->ids, gint64, i) == id)
      return (int)i;
  return -1;
}
