#include "control/images/gzip.h"

#include <zlib.h>
#include <new>

namespace control::images {

namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window; 16 asks zlib for the gzip format
constexpr int kMemory = 8;            // zlib's default
constexpr std::size_t kOutput = 64 << 10;

}  // namespace

struct Gzip::Stream {
    z_stream z{};
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {
    if (::deflateInit2(&stream_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory,
                       Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();  // the only failure with these arguments
}

Gzip::~Gzip() {
    ::deflateEnd(&stream_->z);
}

std::string Gzip::add(std::string_view bytes) {
    return run(bytes, Z_NO_FLUSH);
}

std::string Gzip::finish() {
    return run({}, Z_FINISH);
}

std::string Gzip::run(std::string_view bytes, int flush) {
    z_stream& z = stream_->z;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    std::string ready;
    do {
        const std::size_t before = ready.size();
        ready.resize(before + kOutput);
        z.next_out = reinterpret_cast<Bytef*>(ready.data() + before);
        z.avail_out = static_cast<uInt>(kOutput);
        (void)::deflate(&z, flush);  // with room for output it has no failure
        ready.resize(before + kOutput - z.avail_out);
    } while (z.avail_out == 0);
    return ready;
}

}  // namespace control::images
