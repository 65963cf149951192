// SPDX-License-Identifier: MIT
#include "keep/modes_keys.hpp"

#include "envkeep/core/secrets.hpp"

namespace envkeep::keep {

bool is_key_name(std::string_view name) {
    return (name.starts_with("id_") && !name.ends_with(".pub")) || name == "identity";
}

bool is_unchanged(const system::Status& before, const system::Status& now) {
    return before.kind == now.kind && before.is_same_file(now) && before.size == now.size &&
           before.modified == now.modified && before.changed == now.changed;
}

Result<bool> KeyFinder::is_key(const system::Place& place, const system::Status& status) {
    constexpr std::size_t head_size = 4096;  // a header or other objects may stand before the key
    std::string path = files_.absolute(place);
    if (state_ != nullptr) {
        const auto known = state_->sniffed.find(path);
        if (known != state_->sniffed.end() && is_unchanged(known->second.seen, status)) {
            return sniffed_.insert_or_assign(std::move(path), known->second)
                .first->second.is_private_key;
        }
    }
    ENVKEEP_TRY(const std::string head, files_.read_head(place, head_size));
    const bool is_key = is_private_key(head);
    sniffed_.insert_or_assign(
        std::move(path), store::SessionState::Sniffed{.seen = status, .is_private_key = is_key});
    return is_key;
}

}  // namespace envkeep::keep
