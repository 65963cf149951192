// SPDX-License-Identifier: MIT
#include "envkeep/python/distributions.hpp"
#include "envkeep/python/launch.hpp"
#include "envkeep/python/record.hpp"
#include "envkeep/python/scripts.hpp"
#include "python/jupyter_rules.hpp"
#include "python/path_file.hpp"
#include "python/paths.hpp"
#include "python/version_rules.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(PathFile, LinesMayEndInAnyWay) {
    EXPECT_THAT(parse_path_file("a\r\nb\rc \n\n# d\n  \nimport x \nimport\ty\nimporting\n\tlast"),
                ElementsAre(PathLine{.number = 1, .text = "a"},
                            PathLine{.number = 2, .text = "b"},
                            PathLine{.number = 3, .text = "c"},
                            PathLine{.number = 7, .text = "import x ", .is_code = true},
                            PathLine{.number = 8, .text = "import\ty", .is_code = true},
                            PathLine{.number = 9, .text = "importing"},
                            PathLine{.number = 10, .text = "\tlast"}));
    EXPECT_THAT(parse_path_file(std::string_view("a\0b\n", 4)), IsEmpty());
}

TEST(Paths, AreMadeAbsoluteAsPythonDoes) {
    EXPECT_EQ(absolute("/a", "b/../../c/./d//"), "/c/d");
    EXPECT_EQ(absolute("/a", ""), "/a");
    EXPECT_EQ(absolute("/a", "/.."), "/");
    EXPECT_EQ(absolute("/a", "//b"), "//b");
    EXPECT_EQ(absolute("/a", "///b"), "/b");
    EXPECT_THAT(absolute_folders("/a::b:/c:/a"), ElementsAre("/a", "/c"));
}

TEST(ConfigTexts, HaveKeysInAnyCase) {
    EXPECT_EQ(parse_config("Home = /usr/bin\r\nversion=3.11.2\nversion_info = 3.12.0.final.0\n"
                           "include-system-site-packages = False\nnone\n"),
              (ConfigText{.home = "/usr/bin", .version = "3.11.2", .has_system_site = false}));
    EXPECT_EQ(parse_config(""), ConfigText{});
}

// Whatever an interrupted write left of them: the sanitizers watch.
TEST(Texts, MayEndAnywhere) {
    const std::string_view all =
        "#!/bin/sh\n'''exec' \"/a b/python\" \"$0\"\n' '''\nMAPPING = {'a\\'b': \"/c\", 'd': "
        "'/e'}\n"
        "Requires-Dist: a[b] (>=1,<2) ; extra == 'c'\nRequires-Dist: d[\n\"x "
        "\"\"y\",sha256=z,12\r\n"
        "home = /usr/bin\nversion = 3.\n${A} $$ $A ${\n{\"argv\": [\"python\"], \"env\": {\"A\": "
        "1}}";
    for (std::size_t from = 0; from < all.size(); ++from) {
        for (const std::size_t count : {std::size_t{1}, std::size_t{7}, all.size()}) {
            const std::string_view text = all.substr(from, count);
            for_each_line_of_record(text, [&](const RecordLine& line) {
                EXPECT_LE(line.path.size(), text.size());
                return true;
            });
            EXPECT_LE(parse_path_file(text).size(), text.size());
            EXPECT_LE(parse_requirements(text).size(), text.size());
            EXPECT_LE(parse_config(text).home.size(), text.size());
            EXPECT_LE(substituted(text, {{"A", ""}}).size(), text.size());
            EXPECT_LE(options_of({std::string(text)}).subject.size(), text.size());
            EXPECT_LE(parse_shebang(text).value_or(Shebang{}).interpreter.size(), text.size());
            EXPECT_LE(parse_kernel(text).value_or(KernelText{}).arguments.size(), text.size());
        }
    }
}

}  // namespace
}  // namespace envkeep::python
