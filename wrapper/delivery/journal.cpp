#include "wrapper/delivery/journal.h"

#include "contracts/base/json.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace wrapper {

namespace {

using contracts::ErrorKind;
using contracts::Json;

// In front of each record: a magic number that also tells a record from text, its length and its
// checksum.
struct Header {
    std::uint32_t magic;
    std::uint32_t size;
    std::uint32_t checksum;
};
constexpr std::uint32_t kMagic = 0x314a5257;  // "WRJ1"
constexpr std::uint32_t kLargestRecord = 64U << 20;

Json write_commands(const std::vector<contracts::OwnedCommand>& commands) {
    Json list = Json::array();
    for (const contracts::OwnedCommand& command : commands)
        list.push_back(command);
    return list;
}

std::string write_owed(const Owed& owed) {
    Json record = {{"request_id", owed.answer.request_id},
                   {"stream", owed.answer.output_stream},
                   {"output", owed.answer.output},
                   {"also", write_commands(owed.answer.also)}};
    if (owed.claim)
        record["claim"] = {owed.claim->stream, owed.claim->group, owed.claim->consumer,
                           owed.claim->entry_id};
    return contracts::dump_json(record);
}

// The checksum vouches for the bytes; what they say was written by this program, perhaps by another
// version of it.
std::optional<Owed> read_owed(std::string_view bytes) {
    const contracts::Result<Json> record = contracts::parse_json(bytes);
    if (!record || !record->is_object()) return std::nullopt;
    Owed owed;
    owed.answer.request_id = contracts::text_at(*record, "request_id");
    owed.answer.output_stream = contracts::text_at(*record, "stream");
    owed.answer.output = contracts::text_at(*record, "output");
    if (owed.answer.request_id.empty() || owed.answer.output_stream.empty()) return std::nullopt;
    if (const auto also = record->find("also"); also != record->end() && also->is_array())
        for (const Json& command : *also) {
            contracts::OwnedCommand words;
            for (const Json& word : command)
                if (word.is_string()) words.push_back(word.get<std::string>());
            if (!words.empty()) owed.answer.also.push_back(std::move(words));
        }
    if (const auto claim = record->find("claim");
        claim != record->end() && claim->is_array() && claim->size() == 4) {
        std::string parts[4];
        for (std::size_t i = 0; i < 4; ++i)
            if ((*claim)[i].is_string()) parts[i] = (*claim)[i].get<std::string>();
        owed.claim = contracts::Claim{std::move(parts[0]), std::move(parts[1]), std::move(parts[2]),
                                      std::move(parts[3])};
    }
    return owed;
}

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
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ (0xedb88320U & (0U - (crc & 1U)));
    }
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
    return journal;
}

contracts::Result<std::vector<Owed>> Journal::recover(const contracts::Log& log) {
    std::vector<Owed> all;
    off_t at = 0;
    for (;;) {
        Header header{};
        if (!read_exactly(file_.get(), &header, sizeof header, at)) break;
        if (header.magic != kMagic || header.size > kLargestRecord) break;
        std::string bytes(header.size, '\0');
        if (!read_exactly(file_.get(), bytes.data(), bytes.size(), at + off_t{sizeof header}))
            break;
        if (checksum(bytes) != header.checksum) break;
        std::optional<Owed> owed = read_owed(bytes);
        if (!owed) break;
        all.push_back(std::move(*owed));
        at += static_cast<off_t>(sizeof header + header.size);
    }
    struct stat now{};
    if (::fstat(file_.get(), &now) != 0)
        return contracts::fail(contracts::system_error(errno, "stat the journal"));
    if (now.st_size > at) {
        log.warning("the journal's end is damaged and was cut off",
                    {{"kept_bytes", at}, {"cut_bytes", now.st_size - at}});
        if (::ftruncate(file_.get(), at) != 0)
            return contracts::fail(contracts::system_error(errno, "cut the journal"));
    }
    return all;
}

contracts::Result<void> Journal::write(const Owed& owed) {
    const std::string bytes = write_owed(owed);
    const Header header{kMagic, static_cast<std::uint32_t>(bytes.size()), checksum(bytes)};
    std::string record(sizeof header, '\0');
    std::memcpy(record.data(), &header, sizeof header);
    record.append(bytes);
    std::string_view rest = record;
    while (!rest.empty()) {
        const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0)
            return contracts::fail(contracts::system_error(errno, "write the journal"));
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    unsynced_ = true;
    return {};
}

void Journal::sync() {
    if (unsynced_) ::fdatasync(file_.get());
    unsynced_ = false;
}

void Journal::clear() {
    (void)!::ftruncate(file_.get(),
                       0);  // what stays is recognised as published when it is replayed
    unsynced_ = false;
}

}  // namespace wrapper
