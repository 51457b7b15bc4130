// Compression of bytes that arrive in pieces, in the gzip format, without a time or a name in it:
// the same bytes give the same result. Thread: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace control::images {

class Gzip {
public:
    Gzip();
    ~Gzip();
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    // What is ready once these bytes are taken; often empty.
    [[nodiscard]] std::string add(std::string_view bytes);
    // The rest. Nothing may be added after it.
    [[nodiscard]] std::string finish();

private:
    struct Stream;
    [[nodiscard]] std::string run(std::string_view bytes, int flush);

    std::unique_ptr<Stream> stream_;
};

}  // namespace control::images
