#include "control/http/decompression.h"

#include "contracts/base/text.h"
#include "control/http/message.h"

#include <zlib.h>
#include <limits>
#include <string>

namespace control {

namespace {

constexpr int kGzipOrZlib = 15 + 32;  // the widest window; zlib tells gzip from zlib by the first
                                      // byte
constexpr std::size_t kPiece = 64 << 10;

}  // namespace

struct Decompressor::State {
    bool is_plain = false;
    bool is_readable = false;
    bool has_stream = false;
    z_stream stream{};
    std::string piece{};

    ~State() {
        if (has_stream) inflateEnd(&stream);
    }
};

Decompressor::Decompressor(std::string_view content_encoding) : state_(std::make_unique<State>()) {
    const std::string coding = contracts::lower_case(contracts::trimmed(content_encoding));
    state_->is_plain = coding.empty() || coding == "identity";
    state_->is_readable = state_->is_plain;
    if (coding == "gzip" || coding == "x-gzip" || coding == "deflate") {
        state_->has_stream = inflateInit2(&state_->stream, kGzipOrZlib) == Z_OK;
        state_->is_readable = state_->has_stream;
        state_->piece.resize(kPiece);
    }
}

Decompressor::~Decompressor() = default;

bool Decompressor::is_readable() const {
    return state_->is_readable;
}

void Decompressor::add(std::string_view bytes, const std::function<void(std::string_view)>& take) {
    State& state = *state_;
    if (!state.is_readable) return;
    if (state.is_plain) return take(bytes);
    if (bytes.size() > std::numeric_limits<uInt>::max()) {
        state.is_readable = false;
        return;
    }
    state.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    state.stream.avail_in = static_cast<uInt>(bytes.size());
    int done = Z_OK;
    do {
        state.stream.next_out = reinterpret_cast<Bytef*>(state.piece.data());
        state.stream.avail_out = static_cast<uInt>(state.piece.size());
        done = inflate(&state.stream, Z_NO_FLUSH);
        const std::size_t made = state.piece.size() - state.stream.avail_out;
        if (made > 0) take({state.piece.data(), made});
    } while (done == Z_OK && (state.stream.avail_in > 0 || state.stream.avail_out == 0));
    // Missing input is not a fault: the next bytes continue.
    if (done != Z_OK && done != Z_BUF_ERROR) state.is_readable = done == Z_STREAM_END;
}

}  // namespace control
