// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::testing {

// As much of JSON Schema (draft 2020-12) as our published schemas use. A keyword that it does not
// know is a fault of the schema, never passed over.
class JsonSchema {
  public:
    explicit JsonSchema(Json schema) : schema_(std::move(schema)) {}

    // What is wrong with the document, by path; empty if nothing is. `definition` is a name in
    // $defs; empty: the whole schema.
    [[nodiscard]] std::vector<std::string> faults_of(const Json& document,
                                                     std::string_view definition = {}) const;

  private:
    struct Where {
        const Json& schema;
        const Json& value;
        std::string path;
    };

    void check(const Where& where, std::vector<std::string>& faults) const;
    void check_keyword(const std::string& keyword,
                       const Json& rule,
                       const Where& where,
                       std::vector<std::string>& faults) const;
    void check_object(const Where& where, std::vector<std::string>& faults) const;
    void check_one_of(const Json& rule, const Where& where, std::vector<std::string>& faults) const;

    Json schema_;
};

}  // namespace envkeep::testing
