// How others find the daemon that serves from a data directory: a file that is locked while its
// content is valid. A daemon that was killed leaves the file behind, but not the lock.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>

namespace control {

class ReadyFile {
public:
    // Failure: the errno's. The file is removed with this object.
    [[nodiscard]] static contracts::Result<ReadyFile> write(const std::string& directory,
                                                            const contracts::Json& facts);
    ~ReadyFile();
    ReadyFile(ReadyFile&& other) noexcept = default;
    ReadyFile& operator=(ReadyFile&& other) = delete;

private:
    ReadyFile(std::string path, contracts::UniqueFd file)
        : path_(std::move(path)), file_(std::move(file)) {}
    std::string path_;
    contracts::UniqueFd file_;
};

// The content that the running daemon of `directory` wrote; `transient` if none is running.
[[nodiscard]] contracts::Result<contracts::Json> read_ready_file(const std::string& directory);

// How an administrator of this machine reaches the daemon.
struct DaemonAccess {
    std::string api_url;
    std::string api_token;
    std::string redis_url;
};
// For the running daemon of `directory`. Failure: as of read_ready_file, or the errno's if its
// token cannot be read.
[[nodiscard]] contracts::Result<DaemonAccess> access_to_daemon(const std::string& directory);

}  // namespace control
