#include "control/runtime/process/bounded_log.h"

#include <fcntl.h>
#include <algorithm>
#include <cstdio>

namespace control::process {

using contracts::UniqueFd;

void BoundedLog::append(std::string_view bytes) {
    if (fd_.valid() && size_ + bytes.size() > kLogHalf) {
        fd_.reset();
        ::rename(path_.c_str(), older_.c_str());
    }
    if (!fd_.valid()) {
        size_ = 0;
        fd_.reset(
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    }
    while (fd_.valid() && !bytes.empty()) {
        const ssize_t size = ::write(fd_.get(), bytes.data(), bytes.size());
        if (size <= 0) return;
        size_ += static_cast<std::size_t>(size);
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

namespace {

std::string file_tail(const std::string& path, std::size_t most) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) return {};
    const off_t end = ::lseek(fd.get(), 0, SEEK_END);
    if (end <= 0) return {};
    const std::size_t size = std::min(most, static_cast<std::size_t>(end));
    std::string text(size, '\0');
    const ssize_t got = ::pread(fd.get(), text.data(), size, end - static_cast<off_t>(size));
    text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return text;
}

}  // namespace

std::string log_tail(const std::string& path, const std::string& older, std::size_t most) {
    std::string text = file_tail(path, most);
    if (text.size() < most) text.insert(0, file_tail(older, most - text.size()));
    return text;
}

}  // namespace control::process
