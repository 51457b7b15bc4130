#include "control/images/tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace control::images {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::system_error;

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kMostSize = (std::uint64_t{1} << 33) - 1;  // eleven octal digits

struct Field {
    std::size_t offset;
    std::size_t size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kOwner{108, 8}, kGroup{116, 8}, kSize{124, 12},
    kTime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kMagic{257, 8};

using Block = std::array<char, kBlock>;

void put(Block& block, Field field, std::string_view text) {
    std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.size));
}

void put_octal(Block& block, Field field, std::uint64_t value) {
    char digits[24];
    const int size =
        std::snprintf(digits, sizeof digits, "%0*llo", static_cast<int>(field.size - 1),
                      static_cast<unsigned long long>(value));
    put(block, field, {digits, static_cast<std::size_t>(size)});
}

bool is_inside(std::string_view name) {
    if (name.empty() || name.size() > kName.size || name.front() == '/' || name.back() == '/')
        return false;
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('/'), name.size());
        const std::string_view part = name.substr(0, end);
        if (part.empty() || part == "." || part == "..") return false;
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return true;
}

std::string header(const TarEntry& entry, std::uint64_t size) {
    Block block{};
    put(block, kName, entry.name);
    put_octal(block, kMode, entry.mode);
    put_octal(block, kOwner, 0);
    put_octal(block, kGroup, 0);
    put_octal(block, kSize, size);
    put_octal(block, kTime, 0);
    put(block, kType, "0");
    put(block, kMagic, std::string_view("ustar\00000", 8));
    put(block, kChecksum, "        ");
    unsigned sum = 0;
    for (const char byte : block)
        sum += static_cast<unsigned char>(byte);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    put(block, kChecksum, {digits, 7});
    return {block.data(), block.size()};
}

std::string padding(std::uint64_t size) {
    return std::string((kBlock - size % kBlock) % kBlock, '\0');
}

}  // namespace

Result<void> TarStream::open_entry(const TarEntry& entry, std::string& out) {
    if (!is_inside(entry.name))
        return fail(ErrorKind::invalid, "'" + entry.name + "' is not a valid name in an archive");
    size_ = entry.content.size();
    if (!entry.path.empty()) {
        file_.reset(::open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!file_.valid()) return fail(system_error(errno, "open " + entry.path));
        struct stat status{};
        if (::fstat(file_.get(), &status) != 0) return fail(system_error(errno, entry.path));
        if (!S_ISREG(status.st_mode))
            return fail(ErrorKind::invalid, entry.path + " is not a regular file");
        size_ = static_cast<std::uint64_t>(status.st_size);
        left_ = size_;
    }
    if (size_ > kMostSize) return fail(ErrorKind::invalid, entry.name + " is larger than 8 GiB");
    out = header(entry, size_);
    if (entry.path.empty()) out += entry.content + padding(size_);
    if (entry.path.empty() || size_ > 0) return {};
    file_.reset();
    return entry.finished ? entry.finished() : Result<void>();
}

Result<void> TarStream::copy_file(const TarEntry& entry, std::size_t most, std::string& out) {
    out.resize(std::min<std::uint64_t>(left_, most));
    std::size_t filled = 0;
    while (filled < out.size()) {
        const ssize_t got = ::read(file_.get(), out.data() + filled, out.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(system_error(errno, "read " + entry.path));
        if (got == 0) return fail(ErrorKind::transient, entry.path + " has become shorter");
        filled += static_cast<std::size_t>(got);
    }
    left_ -= filled;
    if (entry.seen) entry.seen(out);
    if (left_ > 0) return {};
    file_.reset();
    out += padding(size_);
    return entry.finished ? entry.finished() : Result<void>();
}

Result<std::string> TarStream::read(std::size_t most) {
    std::string out;
    Result<void> done;
    if (file_.valid()) {
        done = copy_file(entries_[next_ - 1], std::max(most, kBlock), out);
    } else if (next_ < entries_.size()) {
        done = open_entry(entries_[next_], out);
        ++next_;
    } else if (!ended_) {
        ended_ = true;
        out.assign(2 * kBlock, '\0');
    }
    if (!done) return done.fault();
    return out;
}

}  // namespace control::images
