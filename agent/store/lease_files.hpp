// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/store/lease.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What leases and claims have in common: files that say who wrote them and when he last lived.
namespace envkeep::store {

// Who stands behind a lease or a claim.
struct Holder {
    system::Container container;
    system::ProcessId process;
    std::string host;
    std::string started;  // UTC text

    friend bool operator==(const Holder&, const Holder&) = default;
};

[[nodiscard]] Holder this_process(const system::Machine& machine);
void add_to(Json& json, const Holder& holder);
// What cannot be read is empty, which is no container of ours.
[[nodiscard]] Holder holder_of(const Json& json);

// Such a file as it stands in the store.
struct HolderFile {
    std::string content;
    system::Status seen;
    Json json;  // null if the content is none
};

// Names in `leases/` beside leases and the claim.
inline constexpr std::string_view right_prefix = "takeover-";
inline constexpr std::string_view clock_prefix = ".clock.envkeep-";

inline constexpr std::uint64_t largest_holder_file = 64U << 10U;

// None if it is gone.
[[nodiscard]] Result<std::optional<HolderFile>> read_holder_file(const system::Place& place,
                                                                 system::FileReader& files);

// The time by the store's own clock: when a file that is written now is modified. None if it cannot
// be written.
[[nodiscard]] std::optional<WallTime> store_time(const Store& store,
                                                 const system::Machine& machine,
                                                 system::FileReader& files,
                                                 system::FileWriter& writer);

// Dead only where boot, name space and pid 1 are ours and the process is gone.
[[nodiscard]] bool is_dead(const Holder& holder, const system::Machine& machine);
[[nodiscard]] bool is_alive_here(const Holder& holder, const system::Machine& machine);

}  // namespace envkeep::store
