// A private directory (mode 0700) whose path is short enough for Unix sockets; it is removed with
// its contents when the object is destroyed. Throws std::runtime_error.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tests {

class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string text() const { return path_.string(); }
    // The path of an entry: directory / "a.sock".
    [[nodiscard]] std::string operator/(std::string_view name) const {
        return (path_ / name).string();
    }

    // Creates parent directories as needed; returns the path of the file.
    std::string write(std::string_view name, std::string_view content, unsigned mode = 0644) const;

private:
    std::filesystem::path path_;
};

// The contents of the file. Throws if it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace tests
