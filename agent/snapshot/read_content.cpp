// SPDX-License-Identifier: MIT
#include "snapshot/read_content.hpp"

namespace envkeep::snapshot {

Result<Content> read_content(system::OpenFile& file, std::span<std::byte> buffer) {
    Content content;
    Hasher hasher;
    while (true) {
        ENVKEEP_TRY(const std::size_t got, file.read_at(content.size, buffer));
        hasher.update(std::span<const std::byte>(buffer).first(got));
        content.size += got;
        if (got < buffer.size()) {
            content.digest = hasher.digest();
            return content;
        }
    }
}

}  // namespace envkeep::snapshot
