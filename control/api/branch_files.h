// The files of the branch that a worker's work is on, at the branch's head. They are read from the
// forge, so a worker that has ended still has them, and what an agent has not pushed is not there.
// Links are named and never followed.
#pragma once

#include "control/api/exchange.h"
#include "control/forge/forge.h"

namespace control {

// Larger files are not shown.
inline constexpr std::int64_t kLargestShown = 256 << 10;

inline constexpr std::string_view kEntryKindNames[] = {"file", "directory", "link", "repository"};
constexpr contracts::Choices choices_of(EntryKind) {
    return kEntryKindNames;
}

struct BranchEntry {
    std::string name;  // bytes that are not UTF-8 become U+FFFD
    EntryKind kind = EntryKind::file;
    std::optional<std::int64_t> bytes;
};
void visit_fields(BranchEntry& entry, contracts::FieldList& fields);

enum class FileContent { text, binary, too_large };
inline constexpr std::string_view kFileContentNames[] = {"text", "binary", "too_large"};
constexpr contracts::Choices choices_of(FileContent) {
    return kFileContentNames;
}

struct BranchFile {
    std::string path;
    std::string branch;
    std::string commit;  // the branch's head
    std::int64_t bytes = 0;
    FileContent content = FileContent::text;
    std::optional<std::string> text;  // anything that looks like a key is masked
};
void visit_fields(BranchFile& file, contracts::FieldList& fields);

// GET /api/workers/{id}/files?path=directory: its entries; pages of one commit.
void handle_branch_files(Exchange&& exchange);
// GET /api/workers/{id}/file?path=file
void handle_branch_file(Exchange&& exchange);

}  // namespace control
