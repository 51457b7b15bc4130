// What was mapped for the start alone. The dynamic linker reads each library's tables of symbols
// and relocations once, some megabytes of them, and settings, migrations and routes are read over
// once; the kernel would keep all of it resident until somebody else is short of memory.
#pragma once

namespace control {

// Gives back the read-only data of this program and of its libraries; what is needed again comes
// from the page cache, page by page. Code stays: a debugger's breakpoints are in its pages. Cannot
// fail: what the kernel does not take stays where it was. Thread: any.
void release_start_pages();

}  // namespace control
