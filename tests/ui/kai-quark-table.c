/* GLib gives up its first table of quarks when a program needs more than fit in, which the whole window does. LeakSanitizer takes the table for a leak and,
 * because GLib's frames have no frame pointers, cannot be told by name where it came from, except with an unwinder that makes the tests five times as slow.
 * So the table is recognised by its size, and by being the first of it: GLib makes it in a constructor of its library. */
#include "kai-quark-table.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#include <stddef.h>

/* Of sanitizer/allocator_interface.h, which Debian's GCC does not bring along. */
int __sanitizer_install_malloc_and_free_hooks (void (*) (const volatile void *, size_t),
                                               void (*) (const volatile void *));

#define TABLE_SIZE (2048 * sizeof (char *))

static const volatile void *table;

static void
on_malloc_cb (const volatile void *block, size_t size)
{
  if (!table && size == TABLE_SIZE)
    table = block;
}

static void
on_free_cb (const volatile void *block)
{
  if (table == block)
    table = NULL;
}

static void
watch (void)
{
  __sanitizer_install_malloc_and_free_hooks (on_malloc_cb, on_free_cb);
}

/* Before the constructors of any library. */
__attribute__ ((section (".preinit_array"), used)) static void (*const watch_first) (void) = watch;

void
kai_quark_table_ignore (void)
{
  if (table)
    __lsan_ignore_object ((const void *)table);
}

#else

void
kai_quark_table_ignore (void)
{
}

#endif
