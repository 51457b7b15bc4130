// Memory that was mapped for the start only. The dynamic linker reads each library's tables of
// symbols and relocations once, some megabytes of them, and settings, migrations and routes are
// read once; the kernel would keep all of it resident until memory is short.
#pragma once

namespace control {

// Releases the read-only data of this program and of its libraries; pages that are needed again
// come from the page cache. Code stays: a debugger's breakpoints are in its pages. Cannot fail:
// pages that the kernel does not release stay mapped. Thread: any.
void release_start_pages();

}  // namespace control
