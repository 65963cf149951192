// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/check_pack.hpp"

#include "snapshot/pack_reader.hpp"

namespace envkeep::snapshot {

Result<void> check_pack(const system::Place& packs_folder,
                        const std::string& name,
                        system::TreeReader& reader) {
    ENVKEEP_CHECK(PackReader::open(packs_folder, name, reader));
    return {};
}

}  // namespace envkeep::snapshot
