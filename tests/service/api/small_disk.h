// A small file system of the given size, visible only to this process and its children. It needs
// root. Throws std::runtime_error.
#pragma once

#include <filesystem>
#include <string>

namespace tests {

class SmallDisk {
public:
    [[nodiscard]] static bool is_possible();
    // Mounts it over the directory `path`.
    SmallDisk(std::string path, std::size_t bytes);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    // Fills all the remaining space.
    void fill() const;
    void make_room() const;
    void make_read_only(bool is_read_only) const;

private:
    std::string path_;
};

}  // namespace tests
