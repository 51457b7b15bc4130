// The GitHub App's private key, and the tokens that authenticate the App itself: JWT, RS256, valid
// from a minute ago (clocks differ) for ten minutes.
//
// The key stays in OpenSSL's memory; the file's text is wiped. Thread: any.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

#include <memory>
#include <string>

struct evp_pkey_st;

namespace control::github {

class AppKey {
public:
    // An RSA key in PEM (PKCS #1, which GitHub generates, or PKCS #8) in a file that only its owner
    // may read. Failure: `fatal`, field GITHUB_APP_KEY_FILE, with what to do.
    [[nodiscard]] static contracts::Result<AppKey> load(const std::string& path);

    [[nodiscard]] contracts::Result<std::string> token(const std::string& app_id,
                                                       contracts::Timestamp now) const;

private:
    using Key = std::shared_ptr<evp_pkey_st>;
    explicit AppKey(Key key) : key_(std::move(key)) {}

    Key key_;
};

}  // namespace control::github
