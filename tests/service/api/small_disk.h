// A file system of its own of so many bytes, seen by this process and its children alone; needs
// root. Throws std::runtime_error.
#pragma once

#include <filesystem>
#include <string>

namespace tests {

class SmallDisk {
public:
    [[nodiscard]] static bool is_possible();
    // Over the directory `path`.
    SmallDisk(std::string path, std::size_t bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    // Takes all that is left.
    void fill() const;
    void make_room() const;
    void make_read_only(bool is_read_only) const;

private:
    std::string path_;
};

}  // namespace tests
