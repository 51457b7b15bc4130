#include "wrapper/delivery/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace wrapper {

namespace {

using contracts::ErrorKind;

// Precedes each record: a magic number, which also distinguishes a record from text, the record's
// length and its checksum.
struct Header {
    std::uint32_t magic;
    std::uint32_t size;
    std::uint32_t checksum;
};
constexpr std::uint32_t kOwed = 0x324a5257;     // "WRJ2": a result that is owed
constexpr std::uint32_t kSettled = 0x534a5257;  // "WRJS", size 0: nothing before it is owed
constexpr Header kMark{kSettled, 0, 0};
constexpr std::uint32_t kLargestRecord = 64U << 20;
// A file that has grown beyond this is emptied when nothing in it is owed.
constexpr off_t kLargestFile = 1 << 20;

// A text follows its length; a command follows the number of its words.
void add_number(std::string& record, std::size_t number) {
    const auto fixed = static_cast<std::uint32_t>(number);
    record.append(reinterpret_cast<const char*>(&fixed), sizeof fixed);
}

void add_text(std::string& record, std::string_view text) {
    add_number(record, text.size());
    record.append(text);
}

void add_header(std::string& record, const Header& header) {
    record.append(reinterpret_cast<const char*>(&header), sizeof header);
}

std::string write_owed(const Owed& owed) {
    const contracts::Answer& answer = owed.answer;
    std::string record;
    for (const std::string* text : {&answer.request_id, &answer.output_stream, &answer.output})
        add_text(record, *text);
    const contracts::Claim claim = owed.claim.value_or(contracts::Claim{});
    for (const std::string* text : {&claim.stream, &claim.group, &claim.consumer, &claim.entry_id})
        add_text(record, *text);
    for (const contracts::OwnedCommand& command : answer.also) {
        add_number(record, command.size());
        for (const std::string& word : command)
            add_text(record, word);
    }
    return record;
}

// Reads the content of a record; after a failure it returns nothing more.
class Parts {
public:
    explicit Parts(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool whole() const { return whole_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    std::size_t number() {
        std::uint32_t number = 0;
        if (!has(sizeof number)) return 0;
        std::memcpy(&number, rest_.data(), sizeof number);
        rest_.remove_prefix(sizeof number);
        return number;
    }
    std::string text() {
        const std::size_t size = number();
        if (!has(size)) return {};
        std::string text(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return text;
    }

private:
    bool has(std::size_t size) {
        whole_ = whole_ && size <= rest_.size();
        return whole_;
    }
    std::string_view rest_;
    bool whole_ = true;
};

// The checksum protects the bytes, but another version of this program may have written them.
std::optional<Owed> read_owed(std::string_view bytes) {
    Parts parts(bytes);
    Owed owed;
    for (std::string* text :
         {&owed.answer.request_id, &owed.answer.output_stream, &owed.answer.output})
        *text = parts.text();
    contracts::Claim claim;
    for (std::string* text : {&claim.stream, &claim.group, &claim.consumer, &claim.entry_id})
        *text = parts.text();
    if (!claim.stream.empty()) owed.claim = std::move(claim);
    while (parts.whole() && !parts.at_end()) {
        contracts::OwnedCommand command;
        for (std::size_t left = parts.number(); left > 0 && parts.whole(); --left)
            command.push_back(parts.text());
        if (!command.empty()) owed.answer.also.push_back(std::move(command));
    }
    if (!parts.whole() || owed.answer.request_id.empty() || owed.answer.output_stream.empty())
        return std::nullopt;
    return owed;
}

// The remainder of each byte by the reversed polynomial of CRC-32.
constexpr std::array<std::uint32_t, 256> make_remainders() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        table[i] = i;
        for (int bit = 0; bit < 8; ++bit)
            table[i] = (table[i] >> 1) ^ (0xedb88320U & (0U - (table[i] & 1U)));
    }
    return table;
}
constexpr std::array<std::uint32_t, 256> kRemainders = make_remainders();

bool read_exactly(int fd, void* into, std::size_t size, off_t at) {
    auto* bytes = static_cast<char*>(into);
    while (size > 0) {
        const ssize_t got = ::pread(fd, bytes, size, at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        at += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

std::uint32_t checksum(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (const char byte : bytes)
        crc = (crc >> 8) ^ kRemainders[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
    return ~crc;
}

contracts::Result<Journal> Journal::open(const std::string& directory) {
    const std::string path = directory + "/journal";
    Journal journal;
    journal.file_.reset(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!journal.file_.valid()) {
        contracts::Error error = contracts::system_error(errno, "open " + path);
        error.kind = ErrorKind::fatal;
        return contracts::fail(std::move(error));
    }
    struct stat found{};
    if (::fstat(journal.file_.get(), &found) != 0)
        return contracts::fail(contracts::system_error(errno, "stat " + path));
    journal.size_ = found.st_size;
    return journal;
}

std::vector<Owed> Journal::owed() const {
    off_t end = 0;
    return read(end);
}

std::vector<Owed> Journal::read(off_t& at) const {
    std::vector<Owed> all;
    at = 0;
    for (;;) {
        Header header{};
        if (!read_exactly(file_.get(), &header, sizeof header, at)) break;
        const off_t body = at + off_t{sizeof header};
        if (header.magic == kSettled && header.size == 0) {
            all.clear();
            at = body;
            continue;
        }
        // We do not allocate memory for a length that the file does not have.
        if (header.magic != kOwed || header.size > kLargestRecord || header.size > size_ - body)
            break;
        std::string bytes(header.size, '\0');
        if (!read_exactly(file_.get(), bytes.data(), bytes.size(), body)) break;
        if (checksum(bytes) != header.checksum) break;
        std::optional<Owed> owed = read_owed(bytes);
        if (!owed) break;
        all.push_back(std::move(*owed));
        at = body + off_t{header.size};
    }
    return all;
}

contracts::Result<std::vector<Owed>> Journal::recover(const contracts::Log& log) {
    off_t at = 0;
    std::vector<Owed> all = read(at);
    if (size_ > at) {
        log.warning("cut off the damaged end of the journal",
                    {{"kept_bytes", at}, {"cut_bytes", size_ - at}});
        size_ = at;
        if (::ftruncate(file_.get(), at) != 0)
            return contracts::fail(contracts::system_error(errno, "cut the journal"));
    }
    return all;
}

contracts::Result<void> Journal::write(const Owed& owed) {
    if (size_ >= kLargestFile) mark();
    const std::string body = write_owed(owed);
    std::string records;
    if (settled_) add_header(records, kMark);
    add_header(records, {kOwed, static_cast<std::uint32_t>(body.size()), checksum(body)});
    records += body;
    unsynced_ = true;
    auto written = append(records);
    // On a full disk, emptying the file of settled records makes room.
    if (!written && settled_ && empty())
        written = append(std::string_view(records).substr(sizeof(Header)));
    if (written) settled_ = false;
    return written;
}

contracts::Result<void> Journal::append(std::string_view record) {
    const auto size = size_ + static_cast<off_t>(record.size());
    while (!record.empty()) {
        const ssize_t written = ::write(file_.get(), record.data(), record.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            contracts::Error error = contracts::system_error(errno, "write the journal");
            // A partial record would hide the next one.
            (void)!::ftruncate(file_.get(), size_);
            return contracts::fail(std::move(error));
        }
        record.remove_prefix(static_cast<std::size_t>(written));
    }
    size_ = size;
    return {};
}

void Journal::sync() {
    if (unsynced_) ::fdatasync(file_.get());
    unsynced_ = false;
}

void Journal::mark() {
    if (!settled_) return;
    settled_ = false;
    unsynced_ = false;
    std::string record;
    add_header(record, kMark);
    if (size_ < kLargestFile && append(record)) return;
    (void)empty();
}

bool Journal::empty() {
    if (::ftruncate(file_.get(), 0) != 0) return false;
    size_ = 0;
    return true;
}

}  // namespace wrapper
