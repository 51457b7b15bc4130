// Compresses answers with gzip for clients that accept it (Accept-Encoding), where it is worth it:
// text or JSON of more than a packet. An answer with an ETag is not compressed, because one ETag
// must not stand for two sequences of bytes.
#pragma once

#include "control/http/message.h"

namespace control {

inline constexpr std::size_t kWorthCompressing = 1400;

// Whether a client with this header accepts gzip: by name, or by "*", with a quality above zero.
[[nodiscard]] bool takes_gzip(std::string_view accept_encoding);
// The text as gzip at zlib's best level, for files that are compressed once and sent often. Empty
// if zlib refuses.
[[nodiscard]] std::string pack(std::string_view text);
// Compresses the body in place if that is allowed and worth it.
void compress(HttpResponse& response);
[[nodiscard]] HttpHandler compressing(HttpHandler inner);

}  // namespace control
