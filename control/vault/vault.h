// What is kept from whoever reads the store: sealed with XChaCha20-Poly1305 under a key that lies
// in a file beside it. Each sealed text is bound to its place (whose it is, what it is called) and
// opens nowhere else; what was changed in any way does not open at all.
//
// The key is held in memory that is locked, guarded and wiped. Texts that were opened, or are still
// to be sealed, are wiped by whoever owns them, with `wipe`. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace control {

// Overwrites the text with zeros, which no optimiser leaves out, and empties it.
void wipe(std::string& text);

class Vault {
public:
    // Reads the key: 32 bytes in a regular file that its owner alone may read. Failure: `not_found`
    // where there is no such file, else `fatal`; both name the file and say what to do.
    [[nodiscard]] static contracts::Result<Vault> open_key(const std::string& path);
    // The same after making the file, whole or not at all, with a fresh key. One that is there
    // already stays as it is.
    [[nodiscard]] static contracts::Result<Vault> make_key(const std::string& path);

    // Text that a database can hold: the key's number, a random nonce and what was sealed, as
    // base64. The same plain text sealed twice gives two texts.
    [[nodiscard]] std::string seal(std::string_view plain, std::string_view place) const;
    // `fatal`, without a word about the content, when the text was changed, was sealed for another
    // place or under another key.
    [[nodiscard]] contracts::Result<std::string> open(std::string_view sealed,
                                                      std::string_view place) const;

private:
    struct Forget {
        void operator()(unsigned char* key) const;
    };
    using Key = std::unique_ptr<unsigned char, Forget>;

    explicit Vault(Key key) : key_(std::move(key)) {}
    [[nodiscard]] static contracts::Result<Key> fresh_key();

    Key key_;
};

}  // namespace control
