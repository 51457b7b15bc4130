#include "control/daemon/start_pages.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstdint>
#include <span>

namespace control {

namespace {

using Segments = std::span<const ElfW(Phdr)>;

// Pages that were relocated in place differ from the file: if they were released, the relocations
// would be lost.
bool has_relocated_text(const dl_phdr_info& object, Segments segments) {
    for (const ElfW(Phdr) & segment : segments) {
        if (segment.p_type != PT_DYNAMIC) continue;
        const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr);
        for (; entry->d_tag != DT_NULL; ++entry)
            if (entry->d_tag == DT_TEXTREL ||
                (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
                return true;
    }
    return false;
}

int release(dl_phdr_info* object, std::size_t, void*) {
    const Segments segments(object->dlpi_phdr, object->dlpi_phnum);
    if (has_relocated_text(*object, segments)) return 0;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (const ElfW(Phdr) & segment : segments) {
        if (segment.p_type != PT_LOAD || segment.p_flags != PF_R) continue;
        // Only whole pages: the first and the last could be shared with writable data.
        const std::uintptr_t from = object->dlpi_addr + segment.p_vaddr;
        const std::uintptr_t begin = (from + page - 1) & ~(page - 1);
        const std::uintptr_t end = (from + segment.p_filesz) & ~(page - 1);
        if (begin < end)
            (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void release_start_pages() {
    ::dl_iterate_phdr(release, nullptr);
}

}  // namespace control
