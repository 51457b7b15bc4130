// Answers as gzip for clients that take it (Accept-Encoding), where that is worth it: text or JSON
// of more than a packet. What has an ETag goes as it is: the same mark must not stand for two
// sequences of bytes.
#pragma once

#include "control/http/message.h"

namespace control {

inline constexpr std::size_t kWorthCompressing = 1400;

// Whether a client that sends this header takes gzip: named, or by "*", with a quality above zero.
[[nodiscard]] bool takes_gzip(std::string_view accept_encoding);
// As gzip, as small as zlib makes it: for what is packed once and sent often. Empty: it did not.
[[nodiscard]] std::string pack(std::string_view text);
// Compresses the body in place where it may.
void compress(HttpResponse& response);
[[nodiscard]] HttpHandler compressing(HttpHandler inner);

}  // namespace control
