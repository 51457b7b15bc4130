// The journal's file with arbitrary contents. After a first line "record" the rest is the body of
// one record, which gets a valid header.
#include "wrapper/delivery/journal.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

#include <algorithm>
#include <cstring>

using fuzz::require;
using namespace wrapper;

namespace {

constexpr std::size_t kHeader = 12;  // magic, size, checksum: four bytes each
constexpr std::string_view kOwed = "WRJ2";
constexpr std::string_view kSettled = "WRJS";

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data() + at, sizeof number);
    return number;
}

// CRC-32, computed bit by bit.
std::uint32_t crc_of(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ (0xedb88320U & (0U - (crc & 1U)));
    }
    return ~crc;
}

std::string with_header(std::string_view body) {
    std::string record(kOwed);
    for (const std::uint32_t number : {static_cast<std::uint32_t>(body.size()), crc_of(body)})
        record.append(reinterpret_cast<const char*>(&number), sizeof number);
    return record.append(body);
}

// The bodies of the intact records before the first damaged one.
std::vector<std::string_view> whole_records(std::string_view file) {
    std::vector<std::string_view> bodies;
    while (file.size() >= kHeader) {
        const std::size_t size = number_at(file, 4);
        const std::string_view magic = file.substr(0, 4);
        if (magic != kSettled || size != 0) {
            const std::string_view body = file.substr(kHeader, size);
            if (magic != kOwed || body.size() != size || crc_of(body) != number_at(file, 8)) break;
            bodies.push_back(body);
        }
        file.remove_prefix(kHeader + size);
    }
    return bodies;
}

contracts::Log quiet() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                          contracts::LogLevel::error, contracts::LogFormat::json, "fuzz");
}

std::vector<Owed> recover(const tests::TemporaryDirectory& directory) {
    auto journal = Journal::open(directory.text());
    require(journal.has_value(), "a journal opens");
    auto all = journal->recover(quiet());
    require(all.has_value(), "a journal recovers");
    return std::move(*all);
}

bool same(const Owed& a, const Owed& b) {
    const contracts::Claim x = a.claim.value_or(contracts::Claim{});
    const contracts::Claim y = b.claim.value_or(contracts::Claim{});
    return a.answer.request_id == b.answer.request_id &&
           a.answer.output_stream == b.answer.output_stream && a.answer.output == b.answer.output &&
           a.answer.also == b.answer.also && a.claim.has_value() == b.claim.has_value() &&
           x.stream == y.stream && x.group == y.group && x.consumer == y.consumer &&
           x.entry_id == y.entry_id;
}

bool same(const std::vector<Owed>& a, const std::vector<Owed>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!same(a[i], b[i])) return false;
    return true;
}

Owed one_more() {
    Owed owed;
    owed.answer.request_id = "r-1";
    owed.answer.output_stream = "worker:developer:output";
    owed.answer.output = "{}";
    owed.answer.also = {{"SET", "key", ""}};
    owed.claim = contracts::Claim{"in", "workers", "w", "1-0"};
    return owed;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const tests::TemporaryDirectory directory;
    std::string_view rest = fuzz::text_of(data, size);
    const std::string file = rest.starts_with("record\n")
                                 ? with_header(rest.substr(rest.find('\n') + 1))
                                 : std::string(rest);
    directory.write("journal", file);
    std::vector<Owed> all = recover(directory);
    const std::vector<std::string_view> whole = whole_records(file);
    require(all.size() <= whole.size(), "only records with their checksum are recovered");
    for (const Owed& owed : all)
        require(std::ranges::any_of(whole,
                                    [&](std::string_view body) {
                                        return body.find(owed.answer.request_id) != body.npos &&
                                               body.find(owed.answer.output) != body.npos;
                                    }),
                "a record says what it said");
    auto journal = Journal::open(directory.text());
    all.push_back(one_more());
    require(journal && journal->write(all.back()), "a recovered journal takes a record");
    require(same(recover(directory), all), "and gives it back behind what was there");
    for (const Owed& owed : all)
        require(journal->write(owed).has_value(), "what was recovered can be written");
    journal->settle();
    journal->mark();
    require(recover(directory).empty(), "what is settled is owed no more");
    return 0;
}
