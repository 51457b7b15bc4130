// The finished result of a request, kept in a file until it is known to be published, so that a
// crash in between does not lose the agent's work. The file is a sequence of records, each with a
// length and a checksum, and of marks: nothing before a mark is owed. It is emptied at a mark once
// it has grown to 1 MiB.
//
// A crash during a write leaves a torn or damaged end. Everything before it is used; the rest is
// cut off. The file is in the state directory, which the agent cannot reach.
#pragma once

#include "contracts/base/log.h"
#include "contracts/base/unique_fd.h"
#include "contracts/streams/answer.h"

#include <optional>
#include <string>

namespace wrapper {

struct Owed {
    contracts::Answer answer;
    std::optional<contracts::Claim> claim;
};

class Journal {
public:
    // Opens or creates `directory`/journal. Fails with `fatal` when it cannot.
    [[nodiscard]] static contracts::Result<Journal> open(const std::string& directory);

    // Results that a previous run did not publish, oldest first.
    [[nodiscard]] std::vector<Owed> owed() const;
    // The same, and cuts off a damaged end.
    [[nodiscard]] contracts::Result<std::vector<Owed>> recover(const contracts::Log& log);
    // The record is in the page cache when this returns, so it survives a crash of ours. After
    // `sync` it also survives a crash of the machine.
    [[nodiscard]] contracts::Result<void> write(const Owed& owed);
    void sync();
    // Everything that was written is published. The file records that with the next record, or with
    // `mark`. If the mark is missing, a replayed result is recognised as published.
    void settle() { settled_ = true; }
    void mark();

private:
    // `end` is where the last complete record ends.
    [[nodiscard]] std::vector<Owed> read(off_t& end) const;
    [[nodiscard]] contracts::Result<void> append(std::string_view record);
    [[nodiscard]] bool empty();

    contracts::UniqueFd file_;
    off_t size_ = 0;
    bool unsynced_ = false;
    bool settled_ = false;  // and the file has no mark for it yet
};

// CRC-32 as in zlib.
[[nodiscard]] std::uint32_t checksum(std::string_view bytes);

}  // namespace wrapper
