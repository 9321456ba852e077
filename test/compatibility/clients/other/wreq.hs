{-# LANGUAGE OverloadedStrings #-}

import Control.Lens ((&), (?~), (^.))
import qualified Data.ByteString.Char8 as B
import qualified Data.ByteString.Lazy.Char8 as L
import Network.Wreq
import System.Environment (getEnv)
import System.Process (readProcess)

main :: IO ()
main = do
  endpoint <- getEnv "ENDPOINT"
  token <- getEnv "TOKEN"
  operations <- getEnv "OPERATIONS"
  map' <- getEnv "MAP"
  file <- getEnv "FILE"
  let options =
        defaults
          & auth ?~ oauth2Bearer (B.pack token)
          & checkResponse ?~ (\_ _ -> pure ())
  response <- postWith options endpoint [partString "operations" operations, partString "map" map', partFile "file" file]
  version <- readProcess "dpkg-query" ["-W", "-f", "${Version}", "libghc-wreq-dev"] ""
  putStrLn (takeWhile (/= '-') version)
  print (response ^. responseStatus . statusCode)
  L.putStrLn (response ^. responseBody)
