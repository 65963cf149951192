// SPDX-License-Identifier: MIT
#include "envkeep/core/secrets.hpp"

#include <gtest/gtest.h>

namespace envkeep {
namespace {

TEST(SecretNames, AreToldByTheirWords) {
    for (const char* const name : {"HF_TOKEN",
                                   "AWS_SECRET_ACCESS_KEY",
                                   "WANDB_API_KEY",
                                   "--ServerApp.password",
                                   "--NotebookApp.token",
                                   "accessToken",
                                   "PGPASSWORD",
                                   "MYSQL_ROOTPASSWD",
                                   "SSHPASS",
                                   "GITHUBTOKEN",
                                   "clientsecret",
                                   "OPENAIAPIKEY",
                                   "DB_PWD",
                                   "AZURE_DEVOPS_PAT",
                                   "auth"}) {
        EXPECT_TRUE(is_secret_name(name)) << name;
    }
    for (const char* const name : {"TOKENIZERS_PARALLELISM",
                                   "CUDA_VISIBLE_DEVICES",
                                   "author",
                                   "key",
                                   "KEYBOARD",
                                   "PWD",
                                   "OLDPWD",
                                   "PATH_PATTERN",
                                   "passwords_of",
                                   "PATH",
                                   ""}) {
        EXPECT_FALSE(is_secret_name(name)) << name;
    }
}

TEST(Masked, HidesUsersOfUrls) {
    EXPECT_EQ(masked("git+https://me:pw@host/x.git"), "git+https://***@host/x.git");
    EXPECT_EQ(masked("index https://TOKEN@host:8080/simple and"),
              "index https://***@host:8080/simple and");
    EXPECT_EQ(masked("https://me:p@ss@host/"), "https://***@host/");
    EXPECT_EQ(masked("<https://me:p&s;s,w(o)r[d]@host/>"), "<https://***@host/>");
    EXPECT_EQ(masked("https://conda.anaconda.org/t/ab-1234567890/main"),
              "https://conda.anaconda.org/t/***/main");
    EXPECT_EQ(masked("ssh://git@github.com/x, http://host/a@b"),
              "ssh://git@github.com/x, http://host/a@b");
    const std::string cure = "that `token:` in the manifest names, or https://USER:TOKEN@HOST";
    EXPECT_EQ(masked(cure), cure);
}

TEST(Masked, HidesValuesOfSecretNames) {
    EXPECT_EQ(masked("--NotebookApp.token=abc --port=8888"), "--NotebookApp.token=*** --port=8888");
    EXPECT_EQ(masked("{\"HF_TOKEN\": \"abc\", \"a\": 1}"), "{\"HF_TOKEN\": \"***\", \"a\": 1}");
    EXPECT_EQ(masked("export WANDB_API_KEY='abc'"), "export WANDB_API_KEY='***'");
    EXPECT_EQ(masked("http://localhost:8888/?token=abc&x=1"),
              "http://localhost:8888/?token=***&x=1");
    EXPECT_EQ(masked("password:abc"), "password:***");
    EXPECT_EQ(masked("export HF_TOKEN=\"a b;c,'d\" x"), "export HF_TOKEN=\"***\" x");
    EXPECT_EQ(masked(R"({"password": "a\"b c", "a": 1})"), R"({"password": "***", "a": 1})");
    EXPECT_EQ(masked("password='a b\nnext"), "password='***\nnext");
    EXPECT_EQ(masked("{password: abc}"), "{password: ***}");
    EXPECT_EQ(masked(R"({"a": {"token": 12}})"), R"({"a": {"token": ***}})");
}

TEST(Masked, HidesKeysOfServices) {
    EXPECT_EQ(masked("x=hf_abcdEFGHijkl12345"), "x=***");
    EXPECT_EQ(masked("ghp_abcdEFGHijkl12345 AKIAABCDEFGHIJKL1234"), "*** ***");
    EXPECT_EQ(masked("Authorization: Bearer abcdEFGHijkl12345"), "Authorization: ***");
}

TEST(Masked, LeavesTheRest) {
    for (const char* const text : {"",
                                   "/opt/hf_transformers_of_mine/lib",
                                   "auth == x",
                                   "token: None",
                                   "TOKENIZERS_PARALLELISM=false",
                                   "a://",
                                   "token=",
                                   "pass",
                                   "sitepackages.append(\"dist-packages\")"}) {
        EXPECT_EQ(masked(text), text);
    }
}

}  // namespace
}  // namespace envkeep
